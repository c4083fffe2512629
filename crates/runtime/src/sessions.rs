//! Sessions: each is a sandbox that a caller's id stands for, for as long as it is used.
//!
//! [`machine`] decides, [`driver`] does, and the table here knows who lives. Beside it, the record of a session says
//! whether it lives, goes on in a snapshot or has ended; whoever changes that does so on the condition that the record
//! is still what they saw. A suspended session has a record, a snapshot and a deadline, and nothing else.

mod begin;
mod deadlines;
mod driver;
mod handle;
mod list;
pub mod machine;
mod open;
mod ping;
mod restored;
mod sleep;
mod stop;
mod suspend;
mod sweep;
mod view;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use fault::{Fault, Kind, Result};
use futures_util::StreamExt;
use ids::{AccountId, AgentRuntimeId, EndpointName, RuntimeSessionId};
use store::Key;

use deadlines::Deadlines;
pub(crate) use handle::{Lease, SessionHandle};
pub use list::{SessionFilter, SessionPage};
pub(crate) use suspend::changing;
pub use view::{SessionState, SessionView, StateName};

/// How often a call follows a session that changes under its hands.
pub(crate) const ATTEMPTS: usize = 5;

/// Each takes a processor for some tenths of a second.
const SUSPENDED_AT_ONCE: usize = 4;

/// What a session is known by. Two endpoints of one runtime do not share sessions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey {
    /// Whose it is.
    pub account: AccountId,
    /// Of which runtime.
    pub runtime: AgentRuntimeId,
    /// Through which endpoint.
    pub endpoint: EndpointName,
    /// The caller's id for it.
    pub id: RuntimeSessionId,
}

impl SessionKey {
    pub(crate) fn row(&self) -> Key {
        Key::of([self.account.as_str(), self.runtime.as_str(), self.endpoint.as_str(), self.id.as_str()])
    }

    /// The session that a record is about, from the first segments of the record's key.
    pub(crate) fn of_row(key: &Key) -> Option<Self> {
        let mut segments = key.segments();
        Some(Self {
            account: AccountId::parse(segments.next()?).ok()?,
            runtime: AgentRuntimeId::parse(segments.next()?).ok()?,
            endpoint: EndpointName::parse(segments.next()?).ok()?,
            id: RuntimeSessionId::parse(segments.next()?).ok()?,
        })
    }
}

/// The sessions that live in this process.
pub(crate) struct Sessions {
    live: Mutex<HashMap<SessionKey, Arc<SessionHandle>>>,
    most: usize,
    /// Of those that are suspended.
    pub(crate) deadlines: Deadlines,
}

impl Sessions {
    pub(crate) fn new(most: usize) -> Self {
        Self { live: Mutex::new(HashMap::new()), most, deadlines: Deadlines::default() }
    }

    pub(crate) fn find(&self, key: &SessionKey) -> Option<Arc<SessionHandle>> {
        self.table().get(key).filter(|session| !session.is_over()).cloned()
    }

    /// The session of that key, or the one that `open` makes: never two.
    pub(crate) fn find_or_open(
        &self,
        key: &SessionKey,
        open: impl FnOnce() -> Result<Arc<SessionHandle>>,
    ) -> Result<Arc<SessionHandle>> {
        let mut live = self.table();
        if let Some(found) = live.get(key).filter(|session| !session.is_over()) {
            return Ok(Arc::clone(found));
        }
        if live.keys().filter(|other| other.account == key.account).count() >= self.most {
            return Err(Fault::new(
                Kind::QuotaExceeded,
                format!(
                    "{} sessions are active, the most that may be. Stop one, or raise the limit.",
                    self.most
                ),
            ));
        }
        let opened = open()?;
        live.insert(key.clone(), Arc::clone(&opened));
        Ok(opened)
    }

    pub(crate) fn remove(&self, key: &SessionKey) {
        self.table().remove(key);
    }

    pub(crate) fn count(&self) -> usize {
        self.table().len()
    }

    pub(crate) fn of_runtime(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
    ) -> Vec<Arc<SessionHandle>> {
        self.filter(|key| key.account == *account && key.runtime == *runtime)
    }

    pub(crate) fn of_endpoint(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
        endpoint: &EndpointName,
    ) -> Vec<Arc<SessionHandle>> {
        self.filter(|key| key.account == *account && key.runtime == *runtime && key.endpoint == *endpoint)
    }

    /// Suspends every session that is quiet.
    pub(crate) async fn suspend_all(&self) {
        let sessions = futures_util::stream::iter(self.filter(|_| true));
        // Who is busy refuses, and is ended with the rest.
        let suspend = async |session: Arc<SessionHandle>| drop(session.suspend().await);
        sessions.for_each_concurrent(SUSPENDED_AT_ONCE, suspend).await;
    }

    /// Ends every session that lives; what is being suspended stays so.
    pub(crate) async fn stop_all(&self, reason: &str) {
        let sessions = self.filter(|_| true);
        let stops = sessions.iter().map(|session| session.shut_down(reason.to_owned()));
        futures_util::future::join_all(stops).await;
    }

    fn filter(&self, wanted: impl Fn(&SessionKey) -> bool) -> Vec<Arc<SessionHandle>> {
        self.table().iter().filter(|(key, _)| wanted(key)).map(|(_, handle)| Arc::clone(handle)).collect()
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<SessionKey, Arc<SessionHandle>>> {
        self.live.lock().expect("no holder of the session table's lock panics")
    }
}

/// Stops sessions side by side and waits until all are gone.
pub(crate) async fn stop_each(sessions: Vec<Arc<SessionHandle>>, reason: &str) {
    let stops = sessions.iter().map(|session| session.stop(reason.to_owned()));
    futures_util::future::join_all(stops).await;
}

fn going_away(key: &SessionKey) -> Fault {
    Fault::not_found(format!("The agent runtime {} is being deleted.", key.runtime))
}
