//! What was said or happened.

use std::collections::BTreeMap;

use ids::{ActorId, BranchName, EventId, MemoryId, MemorySessionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stdx::Timestamp;

/// An event. It never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// In which memory.
    pub memory: MemoryId,
    /// Whose.
    pub actor: ActorId,
    /// In which session.
    pub session: MemorySessionId,
    /// Its id; sorts as `timestamp` does.
    pub id: EventId,
    /// When it happened, as its writer says.
    pub timestamp: Timestamp,
    /// What it holds, in order.
    pub payload: Vec<Payload>,
    /// The branch it is on; the main line if there is none.
    pub branch: Option<Branch>,
    /// What it can be filtered by.
    pub metadata: BTreeMap<String, String>,
}

/// One part of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// A message.
    Conversational {
        /// Who said it.
        role: Role,
        /// What.
        text: String,
    },
    /// Anything; never learned from.
    Blob(Value),
    /// Anything but a message; learned from.
    Json(Value),
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// The agent.
    Assistant,
    /// The user.
    User,
    /// A tool.
    Tool,
    /// Somebody else.
    Other,
}

/// A line of a session's conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// Its name.
    pub name: BranchName,
    /// The event that it forks from.
    pub root: Option<EventId>,
}
