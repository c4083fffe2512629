//! `BatchUpdateMemoryRecords`

use data_api::memories::{
    BatchUpdateMemoryRecords, BatchUpdateMemoryRecordsInput, BatchUpdateMemoryRecordsOutput,
    MemoryRecordUpdateInput,
};
use fault::Result;
use ids::MemoryRecordId;
use memory::records::RecordUpdate;
use restjson::{Call, Handle};

use super::place::bad;
use super::record;
use crate::DataPlane;

impl Handle<BatchUpdateMemoryRecords> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: BatchUpdateMemoryRecordsInput,
    ) -> Result<BatchUpdateMemoryRecordsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let updates = input.records.into_iter().map(update).collect::<Result<Vec<_>>>()?;
        let expiry = record::expiry(input.record_expiry_specification.as_ref())?;
        let outcomes = self.memory.update_records(&account, &memory, &updates, expiry).await?;
        let (successful_records, failed_records) = record::outcomes(outcomes);
        Ok(BatchUpdateMemoryRecordsOutput { successful_records, failed_records })
    }
}

fn update(input: MemoryRecordUpdateInput) -> Result<RecordUpdate> {
    let given = |list: &Vec<String>| record::namespace(Some(list), "records.namespaces");
    Ok(RecordUpdate {
        id: MemoryRecordId::parse(&input.memory_record_id).map_err(bad("records.memoryRecordId"))?,
        timestamp: input.timestamp,
        text: input.content.map(record::text),
        namespace: input.namespaces.as_ref().map(given).transpose()?,
        source: record::namespace(input.source_namespaces.as_deref(), "records.sourceNamespaces")?,
        strategy: input.memory_strategy_id,
        metadata: input.metadata.map(record::metadata),
    })
}
