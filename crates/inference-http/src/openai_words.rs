//! What both of OpenAI's formats say in the same words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use inference::{Document, Thinking};
use serde_json::Value;

/// Bytes as a `data:` URL.
pub(crate) fn data_url(media_type: &str, bytes: &[u8]) -> String {
    format!("data:{media_type};base64,{}", BASE64.encode(bytes))
}

/// The text of a document that is text, in a frame that tells the model where it begins and ends.
pub(crate) fn text_document(document: &Document) -> Option<String> {
    let media_type = document.media_type.as_str();
    let textual =
        media_type.starts_with("text/") || matches!(media_type, "application/json" | "application/xml");
    let text = textual.then(|| std::str::from_utf8(&document.bytes).ok()).flatten()?;
    Some(format!("<document name={:?}>\n{text}\n</document>", document.name))
}

/// The name of a document's file; OpenAI goes by its extension.
pub(crate) fn file_name(document: &Document) -> String {
    match document.media_type.as_str() {
        "application/pdf" if !document.name.ends_with(".pdf") => format!("{}.pdf", document.name),
        _ => document.name.clone(),
    }
}

/// How hard to think. A number of tokens is what OpenAI has no word for; the words lie where its own models spend
/// about as many.
pub(crate) fn effort(thinking: &Thinking) -> Option<&str> {
    match thinking {
        Thinking::Unset => None,
        Thinking::Effort(effort) => Some(effort),
        Thinking::Budget(0) => Some("none"),
        Thinking::Budget(..=2_048) => Some("low"),
        Thinking::Budget(..=8_192) => Some("medium"),
        Thinking::Budget(_) => Some("high"),
    }
}

/// What a tool said of a failure; neither format has a switch for it.
pub(crate) fn failed(text: &str) -> String {
    format!("The tool failed: {text}")
}

/// Whether a model can be held to a schema strictly: OpenAI refuses schemas whose objects are open or have optional
/// members.
pub(crate) fn is_closed(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            let is_object = members.contains_key("properties")
                || members.get("type").is_some_and(|kind| kind == "object" || is_listed(kind, "object"));
            let closed = !is_object || {
                let required = schema.get("required").unwrap_or(&Value::Null);
                let mut names = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
                members.get("additionalProperties") == Some(&Value::Bool(false))
                    && names.all(|(name, _)| is_listed(required, name))
            };
            closed && members.values().all(is_closed)
        }
        Value::Array(items) => items.iter().all(is_closed),
        _ => true,
    }
}

fn is_listed(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|items| items.iter().any(|item| item == text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_closed_schemas_are_strict() {
        let closed = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
        let city = json!({"city": {"type": "string"}});
        assert!(is_closed(&closed(city.clone(), json!(["city"]))));
        assert!(!is_closed(&closed(city.clone(), json!([]))));
        assert!(!is_closed(&json!({"type": "object", "properties": city})));
        let nested = closed(json!({"inner": {"type": ["object", "null"]}}), json!(["inner"]));
        assert!(!is_closed(&nested));
    }

    #[test]
    fn budgets_become_words() {
        let words =
            [0, 1_024, 4_096, 32_000].map(|tokens| effort(&Thinking::Budget(tokens)).unwrap().to_owned());
        assert_eq!(words, ["none", "low", "medium", "high"]);
    }
}
