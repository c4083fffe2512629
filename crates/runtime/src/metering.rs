//! What sandboxes cost, for whoever keeps the books: this service only says when the life of one begins and ends.

use std::sync::Arc;

use ids::{AccountId, AgentRuntimeId, EndpointName};
use sandbox::Meter;
use stdx::Timestamp;

/// A sandbox's life as a bill sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    /// Who pays.
    pub account: AccountId,
    /// The agent runtime.
    pub runtime: AgentRuntimeId,
    /// The endpoint.
    pub endpoint: EndpointName,
    /// The session's id.
    pub session: String,
    /// On whose behalf the session was opened, if its caller said so.
    pub user: Option<String>,
    /// The id of this life: a session that is suspended and resumed has several.
    pub sandbox: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Whether the session had a life before this one; a fork is a session of its own.
    pub resumed: bool,
}

/// Reads a sandbox's meter; after the sandbox's end, what it read last.
pub type ReadMeter = Arc<dyn Fn() -> Meter + Send + Sync>;

/// Whoever keeps the books.
pub trait Metering: Send + Sync + 'static {
    /// A life has begun. It goes on until the guard is finished or dropped.
    fn begin(&self, life: Metered, meter: ReadMeter) -> Box<dyn MeterGuard>;
}

/// Stands for a life that is being metered. Dropping it is finishing it.
pub trait MeterGuard: Send + Sync {
    /// The life is over: the meter is read for the last time.
    fn finish(self: Box<Self>);
}

/// Keeps no books.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unmetered;

impl Metering for Unmetered {
    fn begin(&self, _: Metered, _: ReadMeter) -> Box<dyn MeterGuard> {
        Box::new(Self)
    }
}

impl MeterGuard for Unmetered {
    fn finish(self: Box<Self>) {}
}
