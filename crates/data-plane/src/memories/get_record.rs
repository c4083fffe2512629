//! `GetMemoryRecord`

use data_api::memories::{
    GetMemoryRecord, GetMemoryRecordInput, GetMemoryRecordOutput, MemoryContent, MemoryRecord,
};
use fault::Result;
use ids::{MemoryRecordId, Namespace};
use restjson::{Call, Handle};

use super::place::bad;
use super::record;
use crate::DataPlane;

impl Handle<GetMemoryRecord> for DataPlane {
    async fn handle(&self, call: &Call, input: GetMemoryRecordInput) -> Result<GetMemoryRecordOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let id = MemoryRecordId::parse(&input.memory_record_id).map_err(bad("memoryRecordId"))?;
        let namespace = input.namespace.as_deref().map(Namespace::parse).transpose();
        let namespace = namespace.map_err(bad("namespace"))?;
        let found = self.memory.get_record(&account, &memory, &id, namespace.as_ref()).await?;
        Ok(GetMemoryRecordOutput {
            memory_record: MemoryRecord {
                memory_record_id: found.id.to_string(),
                memory_strategy_id: found.strategy_id().to_owned(),
                namespaces: record::namespaces(&found),
                created_at: found.created_at,
                timestamp: Some(found.timestamp),
                metadata: Some(record::shown_metadata(&found)),
                expires_at: found.expiry.map(|(at, _)| at),
                content: MemoryContent::Text(found.text.into()),
            },
        })
    }
}
