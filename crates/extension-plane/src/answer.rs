//! Answers: plain structures, written by serde.

use restjson::{IntoReply, Reply, Value};
use serde::Serialize;

/// An answer's document.
#[derive(Debug)]
pub(crate) struct Answer<T>(pub(crate) T);

impl<T: Serialize> IntoReply for Answer<T> {
    fn into_reply(self) -> Reply {
        // Only maps with keys that are no strings and serializers that fail by hand do not become a value.
        serde_json::to_value(self.0).unwrap_or(Value::Null).into()
    }
}
