//! Strategies that their owners run: a conversation whose turn has come is put into the owner's bucket, and the
//! strategy's topic is told where. Records come back as anybody writes them.

mod payload;

use bytes::Bytes;
use fault::Fault;
use serde_json::json;
use stdx::{BoxFuture, ByteStream};
use store::Write;

use crate::extraction::{Conversation, Deliver};
use crate::service::Memory;

/// Puts conversations into buckets and announces them. The object, the announcement and the strategy's progress are
/// written in one batch.
pub(crate) struct ToOwners;

impl Deliver for ToOwners {
    fn deliver<'a>(
        &'a self,
        memory: &'a Memory,
        conversation: Conversation<'a>,
    ) -> BoxFuture<'a, Result<Vec<Write>, String>> {
        Box::pin(memory.hand_over(conversation))
    }
}

impl Memory {
    async fn hand_over(&self, conversation: Conversation<'_>) -> Result<Vec<Write>, String> {
        let told = |fault: Fault| fault.message().to_owned();
        let Conversation { job, strategy, wishes, session, .. } = conversation;
        let definition = self.definition(&session.account, &session.memory).await.map_err(told)?;
        let payload = payload::of(&conversation).to_string();
        let content = self.0.blobs.put(ByteStream::from(Bytes::from(payload))).await;
        let content = content.map_err(|error| told(error.into()))?;
        let key = format!("{}/{}/{job}.json", session.memory, strategy.id);
        let mut writes = self.0.outside.buckets.placing(&wishes.bucket, &key, content).await?;
        let announcement = json!({
            "jobId": job,
            "s3PayloadLocation": format!("s3://{}/{key}", wishes.bucket),
            "memoryId": session.memory.as_str(),
            "strategyId": strategy.id.as_str(),
        });
        // In order within a session, as a FIFO topic with the session as its group keeps it.
        let lane = format!("{}/{}/{}", strategy.id, session.actor, session.session);
        writes.push(self.notice(&definition, &wishes.topic_arn, &lane, announcement));
        Ok(writes)
    }
}
