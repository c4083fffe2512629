//! Operations and those who handle them.

use std::future::Future;

use serde_json::Value;
use stdx::ByteStream;

use crate::call::Call;
use crate::document::FromDocument;
use crate::spec::OperationSpec;

/// An operation of the model.
pub trait Operation: 'static {
    /// What the caller sends.
    type Input: FromDocument + Send;
    /// What the caller gets.
    type Output: IntoReply + Send;
    /// How both travel.
    const SPEC: &'static OperationSpec;
}

/// Handles one operation. A type handles as many as it implements this for.
pub trait Handle<O: Operation>: Send + Sync + 'static {
    /// Serves a call whose input has passed every check of the model.
    fn handle(&self, call: &Call, input: O::Input) -> impl Future<Output = fault::Result<O::Output>> + Send;
}

/// An operation's output.
pub trait IntoReply {
    /// Its document, and its stream if it has one.
    fn into_reply(self) -> Reply;
}

/// An output that is ready to be bound to a response.
#[derive(Debug)]
pub struct Reply {
    /// All members but a streamed one.
    pub document: Value,
    /// The streamed member: raw bytes, or events that are encoded already.
    pub stream: Option<ByteStream>,
}

impl From<Value> for Reply {
    fn from(document: Value) -> Self {
        Self { document, stream: None }
    }
}
