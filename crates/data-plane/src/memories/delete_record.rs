//! `DeleteMemoryRecord`

use data_api::memories::{DeleteMemoryRecord, DeleteMemoryRecordInput, DeleteMemoryRecordOutput};
use fault::Result;
use ids::{MemoryRecordId, Namespace};
use memory::records::RecordRemoval;
use restjson::{Call, Handle};

use super::place::bad;
use crate::DataPlane;

impl Handle<DeleteMemoryRecord> for DataPlane {
    async fn handle(&self, call: &Call, input: DeleteMemoryRecordInput) -> Result<DeleteMemoryRecordOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let removal = removal(&input.memory_record_id, input.namespace.as_deref())?;
        self.memory.delete_record(&account, &memory, removal).await?;
        Ok(DeleteMemoryRecordOutput { memory_record_id: input.memory_record_id })
    }
}

pub(super) fn removal(id: &str, namespace: Option<&str>) -> Result<RecordRemoval> {
    Ok(RecordRemoval {
        id: MemoryRecordId::parse(id).map_err(bad("memoryRecordId"))?,
        namespace: namespace.map(Namespace::parse).transpose().map_err(bad("namespace"))?,
    })
}
