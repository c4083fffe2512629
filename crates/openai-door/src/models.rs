//! The models that there are.

use serde_json::{Value, json};

use crate::refusal::Refusal;

const OWNER: &str = "freehold";

/// The answer to `GET /v1/models`: every name that can be asked for.
pub fn list<'n>(names: impl IntoIterator<Item = &'n str>, created: i64) -> Value {
    let data: Vec<_> = names.into_iter().map(|name| model(name, created)).collect();
    json!({ "object": "list", "data": data })
}

/// The answer to `GET /v1/models/{id}`.
pub fn show<'n>(
    names: impl IntoIterator<Item = &'n str>,
    wanted: &str,
    created: i64,
) -> Result<Value, Refusal> {
    let known = names.into_iter().any(|name| name == wanted);
    if known {
        return Ok(model(wanted, created));
    }
    Err(Refusal::no_model(format!(
        "There is no model {wanted}. `freehold models list` shows what there is, `freehold models add` adds one."
    )))
}

fn model(name: &str, created: i64) -> Value {
    json!({ "id": name, "object": "model", "created": created, "owned_by": OWNER })
}
