//! Short-term memory: events in sessions of actors.
//!
//! An event is one row under its session, newest first by the time that its writer gave it and then by its arrival.
//! Its id says both, so that the id alone finds the row. A second row, in the *journal* of its memory, says where the
//! event is by its arrival: events end, are brought into the search index and are looked up by their id alone along
//! the journal.
//!
//! ```text
//!  create ──▶ one batch: event, journal, what is to be learned from it, client token
//!                │
//!                ├──▶ index.rs   follows the journal, a cursor for each memory, and makes events found
//!                └──▶ sweep.rs   follows the journal from its other end, and removes what is over
//! ```
//!
//! A session begins with its first event. A day after its last one is gone it is removed.

mod arrival;
mod before;
mod branches;
mod create;
mod delete;
mod filter;
mod forget;
mod freshness;
mod get;
mod index;
mod limits;
mod list;
mod payload;
mod position;
mod rows;
mod search;
mod sessions;
mod state;
mod sweep;
mod text;
mod variables;

pub use create::NewEvent;
pub use filter::{BranchFilter, EventFilter, MetadataTest};
pub use list::EventPage;
pub use search::{EventHit, EventQuery, EventsFound};
pub use sessions::{ActorPage, SessionPage, SessionView};

pub(crate) use arrival::Arrival;
pub(crate) use limits::check as check_event;
pub(crate) use rows::past;
pub(crate) use state::State;
pub(crate) use variables::check_variables;

use ids::{AccountId, ActorId, MemoryId, MemorySessionId};

/// Where a session is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey {
    /// Whose memory it is in.
    pub account: AccountId,
    /// In which memory.
    pub memory: MemoryId,
    /// Whose it is.
    pub actor: ActorId,
    /// Its id.
    pub session: MemorySessionId,
}

impl SessionKey {
    /// The key's segments, from the general to the particular.
    pub(crate) fn segments(&self) -> [&str; 4] {
        [self.account.as_str(), self.memory.as_str(), self.actor.as_str(), self.session.as_str()]
    }
}
