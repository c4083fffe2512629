//! Strategies that their owners run: conversations go out, records come back as anybody writes them.

use extraction::Message;
use stdx::BoxFuture;
use store::Write;

use crate::events::SessionKey;
use crate::model::{SelfManaged, Strategy};
use crate::service::Memory;

/// A conversation whose turn has come.
#[derive(Clone, Debug)]
pub(crate) struct Conversation<'a> {
    /// The job, the same each time that it is tried.
    pub(crate) job: &'a str,
    /// The strategy.
    pub(crate) strategy: &'a Strategy,
    /// What its owner wants.
    pub(crate) wishes: &'a SelfManaged,
    /// Whose conversation, and where.
    pub(crate) session: &'a SessionKey,
    /// What was said since the last time.
    pub(crate) current: &'a [Message],
    /// What was said before that.
    pub(crate) past: &'a [Message],
}

/// Takes conversations to their owners.
pub(crate) trait Deliver: Send + Sync + 'static {
    /// Takes one, or says why that is not possible. What is returned is written in the batch that says that the
    /// conversation is taken care of, so that what has yet to be done can be told there.
    fn deliver<'a>(
        &'a self,
        memory: &'a Memory,
        conversation: Conversation<'a>,
    ) -> BoxFuture<'a, Result<Vec<Write>, String>>;
}
