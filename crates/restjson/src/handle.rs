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

/// Lists the operations that a plane answers, once: as the constant `IMPLEMENTED`, for the board of what is built,
/// and as the method `register`, which makes the plane the one that answers them.
///
/// ```ignore
/// restjson::operations!(ControlPlane: agent::CreateAgentRuntime, agent::GetAgentRuntime);
/// ```
#[macro_export]
macro_rules! operations {
    ($plane:ty: $($operation:ty),* $(,)?) => {
        /// The operations that this plane answers. What is not here answers "not implemented".
        pub const IMPLEMENTED: &[&$crate::OperationSpec] = &[$(<$operation as $crate::Operation>::SPEC),*];

        impl $plane {
            /// Makes this plane the one that answers its operations.
            pub fn register(self: &std::sync::Arc<Self>, registry: $crate::Registry) -> $crate::Registry {
                registry$(.on::<$operation>(std::sync::Arc::clone(self)))*
            }
        }
    };
}
