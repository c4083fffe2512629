//! The life of one sandbox, as a bill sees it.

use std::sync::Arc;
use std::time::Duration;

use ids::{AccountId, AgentRuntimeId, EndpointName};
use stdx::Timestamp;

/// Whose sandbox it is. A session that is suspended and resumed has several lives, each in a sandbox of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Who pays.
    pub account: AccountId,
    /// For which agent.
    pub runtime: AgentRuntimeId,
    /// Behind which of its endpoints.
    pub endpoint: EndpointName,
    /// In which session.
    pub session: String,
    /// On whose behalf, if the caller said so.
    pub user: Option<String>,
    /// The sandbox: no two lives have the same one, ever.
    pub sandbox: String,
    /// When the sandbox was started.
    pub started_at: Timestamp,
    /// Whether an earlier sandbox's session goes on in it.
    pub resumed: bool,
}

/// What a meter shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Processor time since the sandbox was started.
    pub cpu: Duration,
    /// Memory in use now, in bytes.
    pub memory: u64,
}

/// Reads a sandbox's meter: within microseconds, and after its end still what it showed last.
pub type Meter = Arc<dyn Fn() -> Reading + Send + Sync>;
