//! What has arrived since the worker looked last. All of it can be forgotten: rows say it, too.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard};

use stdx::Timestamp;

use super::Deliver;
use super::turns::Turns;
use crate::events::SessionKey;

/// What a running service knows of learning beside its rows.
pub(crate) struct State {
    arrived: Mutex<HashMap<SessionKey, Tally>>,
    /// Whether strategies may be gone whose rows are not.
    pub(super) changed: AtomicBool,
    /// Who compares what it learned with what is kept.
    pub(super) turns: Turns,
    /// Takes the conversations of strategies that their owners run.
    pub(super) deliver: Arc<dyn Deliver>,
}

/// How much there is to learn from in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) messages: u32,
    pub(crate) tokens: u32,
    /// When the last of it came.
    pub(crate) last: Timestamp,
    /// Whether somebody wants it to be looked at whatever there is.
    pub(crate) at_once: bool,
}

impl State {
    pub(crate) fn new(deliver: Arc<dyn Deliver>) -> Self {
        Self { arrived: Mutex::default(), changed: AtomicBool::new(true), turns: Turns::default(), deliver }
    }

    /// Something came to a session.
    pub(super) fn note(&self, session: SessionKey, tally: Tally) {
        self.arrived().entry(session).or_default().add(tally);
    }

    /// What came since this was asked last.
    pub(super) fn take(&self) -> HashMap<SessionKey, Tally> {
        std::mem::take(&mut self.arrived())
    }

    fn arrived(&self) -> MutexGuard<'_, HashMap<SessionKey, Tally>> {
        self.arrived.lock().expect("no holder of the arrivals' lock panics")
    }
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.messages = self.messages.saturating_add(other.messages);
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.last = self.last.max(other.last);
        self.at_once |= other.at_once;
    }
}
