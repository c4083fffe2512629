//! Which session each sandbox is, for as long as it lives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::Session;

/// The sandboxes that are sessions now, by their ids. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Lives(Arc<Mutex<HashMap<String, Arc<Session>>>>);

/// Keeps a session known.
pub(crate) struct Stay {
    lives: Lives,
    sandbox: String,
}

impl Lives {
    /// From now on, until what it returns is dropped, this sandbox is that session.
    pub(crate) fn begin(&self, sandbox: &str, session: Session) -> Stay {
        self.table().insert(sandbox.to_owned(), Arc::new(session));
        Stay { lives: self.clone(), sandbox: sandbox.to_owned() }
    }

    /// The session that a sandbox is.
    pub(crate) fn find(&self, sandbox: &str) -> Option<Arc<Session>> {
        self.table().get(sandbox).cloned()
    }

    fn table(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.0.lock().expect("no holder of the sessions' lock panics")
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.lives.table().remove(&self.sandbox);
    }
}
