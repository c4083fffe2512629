//! What is written down of a call.

use std::ops::Bound;

use inference::{ErrorKind, Usage};
use serde::{Deserialize, Serialize};
use stdx::{Rng, Timestamp};
use store::{Key, KeyRange, Space, Table};

use crate::price::Money;

/// By account and time: a summary reads a run of them, and what is too old lies together.
pub(crate) const RECORDS: Table<CallRecord> = Table::new(Space::new("model-usage"));

/// What one call took. It holds nothing of what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// When it was over.
    pub at: Timestamp,
    /// Who pays.
    pub account: String,
    /// What was asked for.
    pub operation: CallOperation,
    /// By which name.
    pub alias: String,
    /// Who answered, or was asked last; nobody if all were left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Which of its models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// For which agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// In which session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// For which user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Tokens.
    pub usage: Usage,
    /// Whether these are our guess, since the provider had not counted yet.
    pub estimated: bool,
    /// What they cost at the price of then; `None` if that was not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Money>,
    /// What the cost is in.
    pub currency: String,
    /// Milliseconds until the first of the answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<u64>,
    /// Milliseconds until it was over.
    pub whole_ms: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// How many targets failed before.
    pub fallbacks: u32,
}

/// What is asked of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOperation {
    /// To continue a conversation.
    Chat,
    /// To turn texts into vectors.
    Embeddings,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With a whole answer.
    Completed,
    /// The caller did not wait for the end.
    Cancelled,
    /// The request is not one that the model can serve.
    Invalid,
    /// Credentials or the model's id are wrong.
    Refused,
    /// Too many requests.
    Throttled,
    /// No answer in time.
    Timeout,
    /// No connection, or the provider's own trouble.
    Unavailable,
    /// The model failed, or what came was no answer.
    Failed,
}

impl CallOperation {
    /// The word of the conventions for spans and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
        }
    }
}

impl Outcome {
    /// The word for it; for errors what metrics have as their type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Invalid => "invalid",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }

    /// Whether the caller got no whole answer although it waited.
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::Completed | Self::Cancelled)
    }
}

impl From<&ErrorKind> for Outcome {
    fn from(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::Invalid | ErrorKind::ContextTooLong | ErrorKind::BudgetExceeded => Self::Invalid,
            ErrorKind::AccessDenied | ErrorKind::UnknownModel | ErrorKind::NotConfigured => Self::Refused,
            ErrorKind::Throttled { .. } => Self::Throttled,
            ErrorKind::Timeout => Self::Timeout,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Malformed | ErrorKind::Failed => Self::Failed,
        }
    }
}

/// A key that no other record has.
pub(crate) fn new_key(record: &CallRecord, rng: &dyn Rng) -> Key {
    Key::of([record.account.as_str(), &moment(record.at), &rng.alphanumeric(12)])
}

/// The records of an account from one moment to just before another.
pub(crate) fn range(account: &str, from: Option<Timestamp>, until: Option<Timestamp>) -> KeyRange {
    let mut range = KeyRange::below([account]);
    if let Some(from) = from {
        range.from = Bound::Included(Key::of([account, &moment(from)]));
    }
    if let Some(until) = until {
        range.to = Bound::Excluded(Key::of([account, &moment(until)]));
    }
    range
}

/// Text that sorts as the moments do.
fn moment(at: Timestamp) -> String {
    format!("{:014}", at.as_millis().max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_its_beginning_and_not_its_end() {
        let key = |account: &str, millis| Key::of([account, &moment(Timestamp::from_millis(millis)), "x"]);
        let at = |millis| Some(Timestamp::from_millis(millis));
        let range = range("a", at(10), at(20));
        assert!(range.contains(&key("a", 10)) && range.contains(&key("a", 19)));
        assert!(
            !range.contains(&key("a", 9)) && !range.contains(&key("a", 20)) && !range.contains(&key("b", 15))
        );
    }
}
