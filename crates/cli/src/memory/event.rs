//! An event as AgentCore shows it, and as people read it.

use serde::Deserialize;
use serde_json::Value;

use super::record::when;

/// An event as AgentCore shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) event_id: String,
    event_timestamp: f64,
    payload: Vec<Value>,
    branch: Option<Branch>,
}

#[derive(Deserialize)]
struct Branch {
    name: String,
}

impl Event {
    /// When it happened.
    pub(super) fn when(&self) -> String {
        when(self.event_timestamp)
    }

    /// The line of the conversation that it is on.
    pub(super) fn branch(&self) -> &str {
        self.branch.as_ref().map_or("-", |branch| &branch.name)
    }

    /// What it says, a line a part: who, and what.
    pub(super) fn parts(&self) -> Vec<(String, String)> {
        self.payload.iter().map(part).collect()
    }
}

fn part(payload: &Value) -> (String, String) {
    if let Some(message) = payload.get("conversational") {
        let role = message["role"].as_str().unwrap_or("?").to_lowercase();
        let text = message["content"]["text"].as_str().unwrap_or_default();
        return (role, line(text));
    }
    match payload.get("json") {
        Some(json) => ("json".to_owned(), line(&json["content"].to_string())),
        None => ("blob".to_owned(), line(&payload["blob"].to_string())),
    }
}

/// As much of a text as fits on a line.
pub(super) fn line(text: &str) -> String {
    const LONGEST: usize = 100;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_part_is_a_line() {
        let event: Event = serde_json::from_value(json!({
            "eventId": "0000001772366400000#00ff", "eventTimestamp": 1_772_366_400.25,
            "payload": [
                { "conversational": { "role": "USER", "content": { "text": "a\n  b" } } },
                { "blob": [1] },
                { "json": { "content": { "n": 1 } } },
            ],
        }))
        .unwrap();
        let text = |who: &str, what: &str| (who.to_owned(), what.to_owned());
        assert_eq!(event.parts(), [text("user", "a b"), text("blob", "[1]"), text("json", "{\"n\":1}")]);
        assert_eq!((event.when().as_str(), event.branch()), ("2026-03-01 12:00:00 UTC", "-"));
        assert_eq!(line(&"ü".repeat(101)).chars().count(), 101);
    }
}
