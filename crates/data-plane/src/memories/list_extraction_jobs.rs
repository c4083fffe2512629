//! `ListMemoryExtractionJobs`

use data_api::memories::{
    ExtractionJobMessages, ExtractionJobMetadata, ExtractionJobStatus, ListMemoryExtractionJobs,
    ListMemoryExtractionJobsInput, ListMemoryExtractionJobsOutput, MessageMetadata,
};
use fault::Result;
use memory::extraction::{FailedJob, JobFilter, SourceMessage};
use restjson::{Call, Handle};

use super::page;
use crate::DataPlane;

impl Handle<ListMemoryExtractionJobs> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: ListMemoryExtractionJobsInput,
    ) -> Result<ListMemoryExtractionJobsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let (after, size) = (self.after(call, input.next_token.as_deref())?, page::size(input.max_results));
        let filter = input.filter.map_or_else(JobFilter::default, |filter| JobFilter {
            strategy: filter.strategy_id,
            actor: filter.actor_id,
            session: filter.session_id,
        });
        let page = self.memory.list_failed_jobs(&account, &memory, &filter, after.as_deref(), size).await?;
        Ok(ListMemoryExtractionJobsOutput {
            jobs: page.jobs.into_iter().map(shown).collect(),
            next_token: self.next(call, page.next),
        })
    }
}

fn shown(job: FailedJob) -> ExtractionJobMetadata {
    let message = |SourceMessage { event, index }| MessageMetadata {
        event_id: event.into(),
        message_index: i32::try_from(index).unwrap_or(i32::MAX),
    };
    ExtractionJobMetadata {
        job_id: job.id,
        messages: ExtractionJobMessages::MessagesList(job.messages.into_iter().map(message).collect()),
        status: Some(ExtractionJobStatus::Failed),
        failure_reason: Some(job.reason),
        strategy_id: Some(job.strategy.into()),
        session_id: Some(job.session.into()),
        actor_id: Some(job.actor.into()),
    }
}
