//! How a memory learns from events.

use ids::{StrategyId, StrategyName};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;

use super::definition::KeyType;
use crate::namespaces::Template;

/// A strategy of a memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Strategy {
    /// Its id.
    pub id: StrategyId,
    /// Its name, unique in the memory.
    pub name: StrategyName,
    /// What it is for.
    pub description: Option<String>,
    /// What it does.
    pub kind: StrategyKind,
    /// Whether it was given as a custom strategy, which is how it is told again.
    pub custom: bool,
    /// Where its records belong.
    pub namespace: Template,
    /// What it tells of its records as metadata.
    pub schema: Vec<SchemaEntry>,
    /// How many days after their writing its records end; never if there is none.
    pub record_expiry_days: Option<u32>,
    /// Its state.
    pub status: StrategyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// What a strategy does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StrategyKind {
    /// Keeps facts.
    Semantic(Steps),
    /// Keeps a summary of each session.
    Summary(Steps),
    /// Keeps what users prefer.
    UserPreference(Steps),
    /// Keeps episodes, and what can be learned from them.
    Episodic {
        /// The first two steps.
        steps: Steps,
        /// The third step.
        reflection: Reflection,
    },
    /// Hands conversations to its owner, who writes records.
    SelfManaged(SelfManaged),
}

/// What its owner changed of a strategy's steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// Taking from a conversation what is worth keeping. A summary has no such step.
    pub extraction: Option<Override>,
    /// Bringing that together with what is kept already.
    pub consolidation: Option<Override>,
}

/// What its owner changed of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Instructions in place of ours. The form of the answer stays ours.
    pub append_to_prompt: String,
    /// The model's alias.
    pub model: String,
}

/// Learning from several episodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reflection {
    /// What its owner changed.
    pub changed: Option<Override>,
    /// Where reflections belong: the episodes' own place, or one above it.
    pub namespace: Template,
    /// What is told of reflections as metadata.
    pub schema: Vec<SchemaEntry>,
}

/// A strategy that its owner runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfManaged {
    /// When a conversation is handed over: when any of these fires.
    pub triggers: Vec<Trigger>,
    /// Where that is announced. Which webhook that is says the configuration.
    pub topic_arn: String,
    /// The bucket that conversations are written to.
    pub bucket: String,
    /// How many earlier messages come along.
    pub history_messages: u32,
}

impl SelfManaged {
    /// How many earlier messages come along unless it is said.
    pub const USUAL_HISTORY: u32 = 4;

    /// When conversations are handed over unless it is said.
    pub fn usual_triggers() -> Vec<Trigger> {
        vec![Trigger::Messages(6), Trigger::Tokens(5_000), Trigger::IdleSeconds(1_800)]
    }
}

/// When unprocessed events of a session are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// There are so many messages.
    Messages(u32),
    /// They have so many tokens.
    Tokens(u32),
    /// Nothing came for so many seconds.
    IdleSeconds(u32),
}

/// A strategy's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StrategyStatus {
    /// It is being made.
    Creating,
    /// It learns from events that come from now on.
    Active,
    /// It is being removed.
    Deleting,
    /// It cannot be used.
    Failed,
}

/// One thing that a strategy tells of its records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SchemaEntry {
    /// The metadata's key.
    pub key: String,
    /// What its values are. As its owner gave it.
    pub kind: Option<KeyType>,
    /// Where values come from.
    pub extraction: SchemaExtraction,
}

/// Where a value of metadata comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum SchemaExtraction {
    /// The model finds it in the conversation.
    Inferred {
        /// What it means; the model gets to see it.
        definition: Option<String>,
        /// How to find it.
        instruction: Option<String>,
        /// What it has to be.
        rule: Option<SchemaRule>,
    },
    /// It is the event's own, unchanged; events of different values are never mixed.
    StrictlyConsistent,
}

/// What a value has to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SchemaRule {
    /// One of these.
    Text {
        /// The allowed ones.
        allowed: Vec<String>,
    },
    /// Some of these.
    Texts {
        /// The allowed ones; any if there are none.
        allowed: Vec<String>,
        /// At most so many.
        at_most: Option<u32>,
    },
    /// A number in a range.
    Number {
        /// Not smaller than this.
        min: Option<f64>,
        /// Not greater than this.
        max: Option<f64>,
    },
}
