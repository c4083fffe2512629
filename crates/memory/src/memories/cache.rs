//! Definitions at hand: every event asks for its memory's.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard};

use lru::LruCache;
use store::Key;

use crate::model::Definition;

const MOST: NonZeroUsize = NonZeroUsize::new(1024).expect("not zero");

/// The definitions that were asked for lately. One process owns the rows, so what it forgets at each of its changes is
/// never older than they are.
pub(crate) struct Definitions(Mutex<Known>);

struct Known {
    by_key: LruCache<Key, Arc<Definition>>,
    /// Counts changes. What was read before one may be older than it.
    changes: u64,
}

/// When a read began.
#[derive(Clone, Copy)]
pub(crate) struct Begun(u64);

impl Default for Definitions {
    fn default() -> Self {
        Self(Mutex::new(Known { by_key: LruCache::new(MOST), changes: 0 }))
    }
}

impl Definitions {
    /// The definition, or leave to bring it.
    pub(crate) fn get(&self, key: &Key) -> Result<Arc<Definition>, Begun> {
        let mut known = self.known();
        let begun = Begun(known.changes);
        known.by_key.get(key).cloned().ok_or(begun)
    }

    /// Keeps what was read, unless something changed since the reading began.
    pub(crate) fn put(&self, key: Key, definition: &Arc<Definition>, begun: Begun) {
        let mut known = self.known();
        if known.changes == begun.0 {
            known.by_key.put(key, definition.clone());
        }
    }

    /// A definition was changed. To be called after its row was.
    pub(crate) fn forget(&self, key: &Key) {
        let mut known = self.known();
        known.changes += 1;
        known.by_key.pop(key);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().expect("no holder of the definitions' lock panics")
    }
}
