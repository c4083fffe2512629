//! The caller's further members for a provider's own request.

use serde_json::{Map, Value};

/// Puts the caller's members into a request. They win over ours; where both are objects, member by member, so that
/// one more setting does not cost all the others, unless theirs says which `type` of thing it is.
pub(crate) fn merge(body: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (name, value) in extra {
        match (body.get_mut(name), value) {
            (Some(Value::Object(ours)), Value::Object(theirs)) if !theirs.contains_key("type") => {
                ours.extend(theirs.clone());
            }
            _ => {
                body.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_merged_and_the_rest_is_replaced() {
        let body =
            json!({"config": {"a": 1, "b": 2}, "seed": 1, "thinking": {"type": "enabled", "budget": 1}});
        let mut body = body.as_object().unwrap().clone();
        let off = json!({"type": "disabled"});
        let extra = json!({"config": {"b": 3}, "seed": {"x": 1}, "tier": "flex", "thinking": off});
        merge(&mut body, extra.as_object().unwrap());
        let expected = json!({"config": {"a": 1, "b": 3}, "seed": {"x": 1}, "thinking": off, "tier": "flex"});
        assert_eq!(Value::Object(body), expected);
    }
}
