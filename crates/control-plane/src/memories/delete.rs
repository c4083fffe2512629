//! `DeleteMemory`

use control_api::memories::{DeleteMemory, DeleteMemoryInput, DeleteMemoryOutput, MemoryStatus};
use fault::Result;
use ids::MemoryId;
use restjson::{Call, Handle};

use crate::ControlPlane;
use crate::token::{account, bad, client_token};

impl Handle<DeleteMemory> for ControlPlane {
    async fn handle(&self, call: &Call, input: DeleteMemoryInput) -> Result<DeleteMemoryOutput> {
        let id = MemoryId::parse(&input.memory_id).map_err(bad("memoryId"))?;
        let token = client_token(call, input.client_token);
        let deleted = self.memory.delete_memory(&account(call)?, &id, None, token.as_ref()).await?;
        Ok(DeleteMemoryOutput { memory_id: deleted.to_string(), status: Some(MemoryStatus::Deleting) })
    }
}
