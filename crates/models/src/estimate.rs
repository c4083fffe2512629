//! How many tokens something probably is, for when nobody has counted.
//!
//! Four bytes a token is what tokenizers of today come to for English text; other languages and code have more tokens for the
//! same bytes, rarely twice as many. Whatever is based on this is marked as estimated.

use inference::{Content, Message, Reasoning, Request, ToolOutput};

/// Pictures are scaled by the providers before they are read, so that most cost about this.
const PICTURE: u64 = 1_200;
/// Bytes of a document that is no text, to a token.
const BYTES_OF_DOCUMENT: u64 = 32;
/// What separates one turn from the next.
const TURN: u64 = 4;

/// Tokens of a text of so many bytes.
pub(crate) fn of_bytes(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX).div_ceil(4)
}

/// Tokens that a model reads with this request.
pub(crate) fn of_request(request: &Request) -> u64 {
    let system: u64 = request.system.iter().map(|text| of_bytes(text.len()) + TURN).sum();
    let tools = request.tools.iter().map(|tool| {
        let description = tool.description.as_ref().map_or(0, String::len);
        of_bytes(tool.name.len() + description + json(&tool.input_schema)) + TURN
    });
    let messages = request.messages.iter().map(of_message);
    system + tools.sum::<u64>() + messages.sum::<u64>()
}

fn of_message(message: &Message) -> u64 {
    let content = message.content.iter().map(|content| match content {
        Content::Text(text) => of_bytes(text.len()),
        Content::Image(_) => PICTURE,
        Content::Document(document) => of_document(&document.media_type, document.bytes.len()),
        Content::ToolUse(wish) => of_bytes(wish.name.len() + json(&wish.input)),
        Content::ToolResult(result) => result.content.iter().map(of_output).sum(),
        Content::Reasoning(Reasoning::Text { text, .. }) => of_bytes(text.len()),
        Content::Reasoning(Reasoning::Redacted(bytes)) => of_bytes(bytes.len()),
        Content::CachePoint => 0,
    });
    TURN + content.sum::<u64>()
}

fn of_output(output: &ToolOutput) -> u64 {
    match output {
        ToolOutput::Text(text) => of_bytes(text.len()),
        ToolOutput::Json(value) => of_bytes(json(value)),
        ToolOutput::Image(_) => PICTURE,
        ToolOutput::Document(document) => of_document(&document.media_type, document.bytes.len()),
    }
}

fn of_document(media_type: &str, bytes: usize) -> u64 {
    if media_type.starts_with("text/") {
        return of_bytes(bytes);
    }
    u64::try_from(bytes).unwrap_or(u64::MAX).div_ceil(BYTES_OF_DOCUMENT)
}

/// How long the value is as JSON, more or less, without writing it.
fn json(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 4,
        Value::String(text) => text.len() + 2,
        Value::Array(items) => 2 + items.iter().map(|item| json(item) + 1).sum::<usize>(),
        Value::Object(members) => {
            2 + members.iter().map(|(name, value)| name.len() + 4 + json(value)).sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use inference::Role;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_length_of_json_is_about_right() {
        let value =
            json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
        let (guess, real) = (json(&value), value.to_string().len());
        assert!(guess.abs_diff(real) * 10 <= real, "{guess} {real}");
    }

    #[test]
    fn everything_that_is_read_counts() {
        let mut request = Request::default();
        assert_eq!(of_request(&request), 0);
        request.messages.push(Message::text(Role::User, "x".repeat(400)));
        assert_eq!(of_request(&request), 104);
        request.system.push("x".repeat(40));
        assert_eq!(of_request(&request), 118);
    }
}
