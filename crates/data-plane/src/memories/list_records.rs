//! `ListMemoryRecords`

use data_api::memories::{ListMemoryRecords, ListMemoryRecordsInput, ListMemoryRecordsOutput};
use fault::Result;
use memory::records::RecordQuery;
use restjson::{Call, Handle};

use super::{page, record};
use crate::DataPlane;

impl Handle<ListMemoryRecords> for DataPlane {
    async fn handle(&self, call: &Call, input: ListMemoryRecordsInput) -> Result<ListMemoryRecordsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let query = RecordQuery {
            place: record::place(input.namespace.as_deref(), input.namespace_path.as_deref())?,
            strategy: input.memory_strategy_id,
            conditions: record::conditions(input.metadata_filters),
        };
        let (after, size) = (self.after(call, input.next_token.as_deref())?, page::size(input.max_results));
        let page = self.memory.list_records(&account, &memory, &query, after.as_deref(), size).await?;
        Ok(ListMemoryRecordsOutput {
            memory_record_summaries: page.records.into_iter().map(record::summary).collect(),
            next_token: self.next(call, page.next),
        })
    }
}
