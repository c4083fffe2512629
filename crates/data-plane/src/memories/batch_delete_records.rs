//! `BatchDeleteMemoryRecords`

use data_api::memories::{
    BatchDeleteMemoryRecords, BatchDeleteMemoryRecordsInput, BatchDeleteMemoryRecordsOutput,
};
use fault::Result;
use restjson::{Call, Handle};

use super::delete_record::removal;
use super::record;
use crate::DataPlane;

impl Handle<BatchDeleteMemoryRecords> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: BatchDeleteMemoryRecordsInput,
    ) -> Result<BatchDeleteMemoryRecordsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let records = input.records.iter();
        let removals = records.map(|one| removal(&one.memory_record_id, one.namespace.as_deref()));
        let removals = removals.collect::<Result<Vec<_>>>()?;
        let outcomes = self.memory.delete_records(&account, &memory, &removals).await?;
        let (successful_records, failed_records) = record::outcomes(outcomes);
        Ok(BatchDeleteMemoryRecordsOutput { successful_records, failed_records })
    }
}
