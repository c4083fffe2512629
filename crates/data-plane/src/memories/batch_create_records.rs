//! `BatchCreateMemoryRecords`

use data_api::memories::{
    BatchCreateMemoryRecords, BatchCreateMemoryRecordsInput, BatchCreateMemoryRecordsOutput,
    MemoryRecordCreateInput,
};
use fault::Result;
use memory::records::NewRecord;
use restjson::{Call, Handle};

use super::place::client_token;
use super::record;
use crate::DataPlane;

impl Handle<BatchCreateMemoryRecords> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: BatchCreateMemoryRecordsInput,
    ) -> Result<BatchCreateMemoryRecordsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let records = input.records.into_iter().map(new).collect::<Result<_>>()?;
        let expiry = record::expiry(input.record_expiry_specification.as_ref())?;
        let token = client_token(call, input.client_token);
        let outcomes = self.memory.create_records(&account, &memory, records, expiry, token.as_ref()).await?;
        let (successful_records, failed_records) = record::outcomes(outcomes);
        Ok(BatchCreateMemoryRecordsOutput { successful_records, failed_records })
    }
}

fn new(input: MemoryRecordCreateInput) -> Result<NewRecord> {
    Ok(NewRecord {
        namespace: record::namespace(Some(&input.namespaces), "records.namespaces")?,
        request: input.request_identifier,
        text: record::text(input.content),
        timestamp: input.timestamp,
        strategy: input.memory_strategy_id,
        metadata: record::metadata(input.metadata.unwrap_or_default()),
    })
}
