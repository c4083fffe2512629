//! Keeps of a model only some operations, with the shapes that they reach.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

/// Keeps these operations of a model, or their pages or waiters of the files beside it.
pub(crate) fn keep(file: &mut Value, only: &[&str]) -> Result<()> {
    if let Some(Value::Object(pages)) = file.get_mut("pagination") {
        pages.retain(|operation, _| only.contains(&operation.as_str()));
    }
    if let Some(Value::Object(waiters)) = file.get_mut("waiters") {
        waiters.retain(|_, waiter| waiter["operation"].as_str().is_some_and(|name| only.contains(&name)));
    }
    let Some(Value::Object(operations)) = file.get_mut("operations") else { return Ok(()) };
    for name in only {
        operations.get(*name).with_context(|| format!("the model has no operation {name}"))?;
    }
    operations.retain(|name, _| only.contains(&name.as_str()));
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = operations.values().flat_map(mentions).collect();
    while let Some(name) = open.pop() {
        if !reached.contains(&name) {
            open.extend(mentions(&file["shapes"][&name]));
            reached.insert(name);
        }
    }
    let shapes = file["shapes"].as_object_mut().context("a model has shapes")?;
    shapes.retain(|name, _| reached.contains(name));
    Ok(())
}

/// The shapes that a part of the model mentions, however deep inside.
fn mentions(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let named = members.get("shape").and_then(Value::as_str).map(str::to_owned);
            named.into_iter().chain(members.values().flat_map(mentions)).collect()
        }
        Value::Array(items) => items.iter().flat_map(mentions).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_reached_stays() {
        let mut model = json!({
            "operations": {
                "Get": { "input": { "shape": "In" }, "errors": [{ "shape": "Missing" }] },
                "Train": { "input": { "shape": "Job" } },
            },
            "shapes": {
                "In": { "members": { "ids": { "shape": "Ids" } } },
                "Ids": { "member": { "shape": "Id" } },
                "Id": {}, "Missing": {}, "Job": { "members": { "id": { "shape": "Id" } } },
            },
        });
        keep(&mut model, &["Get"]).unwrap();
        let names = |what: &str| model[what].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(names("operations"), ["Get"]);
        assert_eq!(names("shapes"), ["In", "Ids", "Id", "Missing"]);
    }

    #[test]
    fn an_operation_that_is_gone_is_told() {
        let mut model = json!({ "operations": {}, "shapes": {} });
        assert!(keep(&mut model, &["Get"]).unwrap_err().to_string().contains("no operation Get"));
    }
}
