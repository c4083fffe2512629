//! `GetMemory`

use control_api::memories::{GetMemory, GetMemoryInput, GetMemoryOutput};
use fault::Result;
use ids::MemoryId;
use restjson::{Call, Handle};

use super::shown;
use crate::ControlPlane;
use crate::token::{account, bad};

impl Handle<GetMemory> for ControlPlane {
    async fn handle(&self, call: &Call, input: GetMemoryInput) -> Result<GetMemoryOutput> {
        let id = MemoryId::parse(&input.memory_id).map_err(bad("memoryId"))?;
        let memory = self.memory.get_memory(&account(call)?, &id).await?;
        let arn = self.memory.arn(&memory.account, &memory.id);
        // Nothing is encrypted with the account's own key, so both views are the same.
        Ok(GetMemoryOutput { memory: shown::memory(memory, &arn) })
    }
}
