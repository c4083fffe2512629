//! Answers: plain structures, written by serde.

use restjson::timestamp::{Format, to_text};
use restjson::{IntoReply, Reply, Value};
use serde::Serialize;
use stdx::Timestamp;

/// An answer's document.
#[derive(Debug)]
pub(crate) struct Answer<T>(pub(crate) T);

impl<T: Serialize> IntoReply for Answer<T> {
    fn into_reply(self) -> Reply {
        // Only maps with keys that are no strings and serializers that fail by hand do not become a value.
        let mut document = serde_json::to_value(self.0).unwrap_or(Value::Null);
        leave_out_absent(&mut document);
        document.into()
    }
}

/// Members that are absent are left out, as AgentCore leaves them out.
fn leave_out_absent(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(leave_out_absent);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_absent),
        _ => {}
    }
}

/// A moment as answers write it.
pub(crate) fn moment(moment: Timestamp) -> String {
    to_text(moment, Format::DateTime)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_members_are_left_out_at_every_depth() {
        let answer = Answer(json!({ "a": null, "list": [{ "b": null, "c": 0 }], "d": {} }));
        assert_eq!(answer.into_reply().document, json!({ "list": [{ "c": 0 }], "d": {} }));
    }
}
