//! A record as AgentCore shows it, and as people read it.

use restjson::timestamp::{Format, to_text};
use serde::Deserialize;
use serde_json::Value;
use stdx::Timestamp;

use crate::sessions::moment;

/// A record as AgentCore shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    pub(super) memory_record_id: String,
    content: Content,
    #[serde(default)]
    namespaces: Vec<String>,
    created_at: f64,
    score: Option<f64>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Content {
    text: String,
}

impl Record {
    pub(super) fn text(&self) -> &str {
        &self.content.text
    }

    pub(super) fn namespace(&self) -> &str {
        self.namespaces.first().map_or("-", String::as_str)
    }

    pub(super) fn when(&self) -> String {
        when(self.created_at)
    }

    pub(super) fn score(&self) -> String {
        self.score.map_or_else(|| "-".to_owned(), |score| format!("{score:.3}"))
    }

    /// How it was found, if it was searched for.
    pub(super) fn mode(&self) -> Option<&str> {
        self.metadata["x-freehold-search-mode"]["stringValue"].as_str()
    }
}

/// A moment as AgentCore writes it, for people.
#[expect(clippy::cast_possible_truncation, reason = "moments have far fewer milliseconds than an i64 holds")]
pub(super) fn when(seconds: f64) -> String {
    moment(&to_text(Timestamp::from_millis((seconds * 1000.0).round() as i64), Format::DateTime))
}
