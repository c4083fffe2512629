//! Members for the provider's own request. Those that every provider has its word for become ours; the rest goes on
//! unchanged.

use fault::{Fault, Result};
use inference::{Request, Thinking};
use restjson::Value;

pub(super) fn read(additional: Value, request: &mut Request) -> Result<()> {
    let Value::Object(mut members) = additional else {
        return Err(Fault::field("additionalModelRequestFields", "must be an object"));
    };
    for name in ["thinking", "reasoning_config"] {
        if let Some(budget) = members.get(name).and_then(budget) {
            request.thinking = Thinking::Budget(budget);
            members.remove(name);
        }
    }
    let top_k = whole(members.get("top_k")).or_else(|| whole(members.get("inferenceConfig")?.get("topK")));
    if let Some(top_k) = top_k {
        request.sampling.top_k = Some(top_k);
        members.remove("top_k");
        remove_inside(&mut members, "inferenceConfig", "topK");
    }
    request.extra = members;
    Ok(())
}

/// How many tokens the model may think for, as Anthropic's models are told.
fn budget(value: &Value) -> Option<u32> {
    (value.get("type")? == "enabled").then(|| whole(value.get("budget_tokens")))?
}

fn whole(value: Option<&Value>) -> Option<u32> {
    value?.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn remove_inside(members: &mut serde_json::Map<String, Value>, outer: &str, inner: &str) {
    let Some(Value::Object(object)) = members.get_mut(outer) else { return };
    object.remove(inner);
    if object.is_empty() {
        members.remove(outer);
    }
}
