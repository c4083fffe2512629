//! `RetrieveMemoryRecords`

use data_api::memories::{
    MemoryRecordMetadataValue, MemoryRecordSummary, RetrieveMemoryRecords, RetrieveMemoryRecordsInput,
    RetrieveMemoryRecordsOutput,
};
use fault::Result;
use memory::metadata::SEARCH_MODE;
use memory::records::{RecordQuery, Retrieval};
use restjson::{Call, Handle};

use super::{page, record};
use crate::DataPlane;

impl Handle<RetrieveMemoryRecords> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: RetrieveMemoryRecordsInput,
    ) -> Result<RetrieveMemoryRecordsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let criteria = input.search_criteria;
        let size = page::size(input.max_results);
        let retrieval = Retrieval {
            text: criteria.search_query.into_inner(),
            among: RecordQuery {
                place: record::place(input.namespace.as_deref(), input.namespace_path.as_deref())?,
                strategy: criteria.memory_strategy_id,
                conditions: record::conditions(criteria.metadata_filters),
            },
            // As many as fit on a page, unless it is said.
            best: criteria.top_k.map_or(size, |best| page::size(Some(best))),
        };
        let after = self.after(call, input.next_token.as_deref())?;
        let found =
            self.memory.retrieve_records(&account, &memory, &retrieval, after.as_deref(), size).await?;
        let mode = MemoryRecordMetadataValue::StringValue(found.mode.as_str().to_owned());
        let summary = |(found, score)| {
            let mut summary = MemoryRecordSummary { score: Some(score), ..record::summary(found) };
            summary.metadata.get_or_insert_default().insert(SEARCH_MODE.to_owned(), mode.clone());
            summary
        };
        Ok(RetrieveMemoryRecordsOutput {
            memory_record_summaries: found.records.into_iter().map(summary).collect(),
            next_token: self.next(call, found.next),
        })
    }
}
