//! Listing sessions.

use fault::Result;
use ids::{AccountId, AgentRuntimeId, EndpointName};
use store::{Key, KeyRange};

use super::{SessionKey, SessionView, StateName};
use crate::rows::SESSIONS;
use crate::service::Runtime;

/// How many records are looked at in one go.
const CHUNK: usize = 200;

/// Which sessions are meant; what is `None` excludes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Those of this runtime.
    pub runtime: Option<AgentRuntimeId>,
    /// Those through this endpoint.
    pub endpoint: Option<EndpointName>,
    /// Those in this state.
    pub state: Option<StateName>,
}

/// Some of an account's sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<SessionView>,
    /// What to list after, for those that follow; `None` if there are none.
    pub next: Option<String>,
}

impl Runtime {
    /// At most `limit` of the account's sessions, from the one after `after` on, which a page before named.
    pub async fn list_sessions(
        &self,
        account: &AccountId,
        filter: SessionFilter,
        after: Option<String>,
        limit: usize,
    ) -> Result<SessionPage> {
        let mut range = match &filter.runtime {
            Some(runtime) => KeyRange::below([account.as_str(), runtime.as_str()]),
            None => KeyRange::below([account.as_str()]),
        };
        if let Some(after) = after {
            range = range.after(Key::of(std::iter::once(account.as_str()).chain(after.split('/'))));
        }
        let mut sessions: Vec<SessionView> = Vec::new();
        loop {
            let rows = SESSIONS.list(self.store(), &range, CHUNK).await?;
            let whole = rows.len() < CHUNK;
            for entry in rows {
                range = range.after(entry.key.clone());
                let Some(key) = SessionKey::of_row(&entry.key) else { continue };
                if filter.endpoint.as_ref().is_some_and(|endpoint| *endpoint != key.endpoint) {
                    continue;
                }
                let view = self.look(key, entry).await?;
                if filter.state.is_some_and(|state| state != view.state.name()) {
                    continue;
                }
                if sessions.len() == limit {
                    let next = sessions.last().map(|last| token(&last.key));
                    return Ok(SessionPage { sessions, next });
                }
                sessions.push(view);
            }
            if whole {
                return Ok(SessionPage { sessions, next: None });
            }
        }
    }
}

/// A session's place in the listing of its account. None of the names can hold a slash.
fn token(key: &SessionKey) -> String {
    format!("{}/{}/{}", key.runtime, key.endpoint, key.id)
}
