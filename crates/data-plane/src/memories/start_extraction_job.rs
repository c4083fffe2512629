//! `StartMemoryExtractionJob`

use data_api::memories::{
    StartMemoryExtractionJob, StartMemoryExtractionJobInput, StartMemoryExtractionJobOutput,
};
use fault::Result;
use restjson::{Call, Handle};

use super::place::client_token;
use crate::DataPlane;

impl Handle<StartMemoryExtractionJob> for DataPlane {
    async fn handle(
        &self,
        call: &Call,
        input: StartMemoryExtractionJobInput,
    ) -> Result<StartMemoryExtractionJobOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let token = client_token(call, input.client_token);
        let job = &input.extraction_job.job_id;
        let job_id = self.memory.restart_job(&account, &memory, job, token.as_ref()).await?;
        Ok(StartMemoryExtractionJobOutput { job_id })
    }
}
