//! What makes two requests the same request.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// A digest of a request's parameters that does not depend on the order of an object's members.
pub fn fingerprint(parameters: &Value) -> String {
    let mut hasher = Sha256::new();
    absorb(&mut hasher, parameters);
    hex::encode(hasher.finalize())
}

fn absorb(hasher: &mut Sha256, value: &Value) {
    match value {
        Value::Array(items) => {
            hasher.update(format!("[{}:", items.len()));
            items.iter().for_each(|item| absorb(hasher, item));
        }
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_unstable();
            hasher.update(format!("{{{}:", names.len()));
            for name in names {
                hasher.update(format!("{}:{name}", name.len()));
                absorb(hasher, &members[name]);
            }
        }
        Value::String(text) => hasher.update(format!("\"{}:{text}", text.len())),
        Value::Null | Value::Bool(_) | Value::Number(_) => hasher.update(format!("{value};")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter() {
        assert_eq!(fingerprint(&json!({"a": 1, "b": [2]})), fingerprint(&json!({"b": [2], "a": 1})));
    }

    #[test]
    fn everything_else_does() {
        let values = [
            json!({"a": 1}),
            json!({"a": "1"}),
            json!({"a": [1]}),
            json!({"a": null}),
            json!({}),
            json!([]),
            json!(["a", "b"]),
            json!(["ab"]),
            json!([["a"], "b"]),
            json!([["a", "b"]]),
        ];
        for (at, one) in values.iter().enumerate() {
            for other in &values[at + 1..] {
                assert_ne!(fingerprint(one), fingerprint(other), "{one} {other}");
            }
        }
    }
}
