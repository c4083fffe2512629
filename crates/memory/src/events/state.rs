//! What a running service knows of events beside their rows. All of it can be forgotten.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard};

use ids::{AccountId, MemoryId};
use lru::LruCache;
use search::Document;
use store::{Key, Revision, Store, StoreError};
use tokio::sync::Notify;

use super::arrival::Arrivals;

/// Sessions that are known to be there.
const KNOWN: NonZeroUsize = NonZeroUsize::new(16 * 1024).expect("not zero");

/// Documents that are kept until the index has learned them, and how long one may be for that.
const FRESH: NonZeroUsize = NonZeroUsize::new(8 * 1024).expect("not zero");
const SHORT: usize = 2 * 1024;

pub(crate) struct State {
    pub(crate) arrivals: Arrivals,
    /// Sessions that are there, so that an event of one need not look.
    sessions: Mutex<LruCache<Key, Revision>>,
    /// Memories with events, or removals, that the index has yet to learn.
    unindexed: Mutex<BTreeSet<(AccountId, MemoryId)>>,
    /// Documents of events by their place in the journal, so that the index need not read what was written just now.
    fresh: Mutex<LruCache<Key, Document>>,
    /// Tells the task that brings events into the index to look again.
    pub(super) index: Notify,
    /// Has that task not rest before it does.
    pub(super) hurry: Notify,
    /// Tells of the end of each of its rounds.
    rounds: Notify,
}

impl State {
    /// What an earlier process left.
    pub(crate) async fn recover(store: &dyn Store) -> Result<Self, StoreError> {
        Ok(Self {
            arrivals: Arrivals::recover(store).await?,
            sessions: Mutex::new(LruCache::new(KNOWN)),
            unindexed: Mutex::default(),
            fresh: Mutex::new(LruCache::new(FRESH)),
            index: Notify::new(),
            hurry: Notify::new(),
            rounds: Notify::new(),
        })
    }

    /// The revision of a session's row, if it was seen lately.
    pub(super) fn session(&self, key: &Key) -> Option<Revision> {
        self.sessions().get(key).copied()
    }

    pub(super) fn learn_session(&self, key: Key, revision: Revision) {
        self.sessions().put(key, revision);
    }

    pub(super) fn forget_session(&self, key: &Key) {
        self.sessions().pop(key);
    }

    /// An event was written that the index will want, at this place of the journal.
    pub(super) fn keep_document(&self, place: Key, document: Document) {
        if document.text.len() <= SHORT {
            self.fresh().put(place, document);
        }
    }

    /// The document at this place of the journal, if it is at hand.
    pub(super) fn take_document(&self, place: &Key) -> Option<Document> {
        self.fresh().pop(place)
    }

    /// The index has to look at this memory.
    pub(super) fn mark(&self, account: &AccountId, memory: &MemoryId) {
        let fresh = {
            let mut unindexed = self.unindexed();
            let place = (account.clone(), memory.clone());
            unindexed.insert(place)
        };
        if fresh {
            self.index.notify_one();
        }
    }

    /// The index has to look at this memory now: somebody waits for it.
    pub(super) fn hurry(&self, account: &AccountId, memory: &MemoryId) {
        self.mark(account, memory);
        self.hurry.notify_one();
    }

    /// Completes with the end of the first round of the index that ends after this call.
    pub(super) fn round_ended(&self) -> impl Future<Output = ()> {
        self.rounds.notified()
    }

    pub(super) fn end_round(&self) {
        self.rounds.notify_waiters();
    }

    /// Memories that the index has to look at.
    pub(super) fn take_marked(&self) -> BTreeSet<(AccountId, MemoryId)> {
        std::mem::take(&mut self.unindexed())
    }

    fn sessions(&self) -> MutexGuard<'_, LruCache<Key, Revision>> {
        self.sessions.lock().expect("no holder of the sessions' lock panics")
    }

    fn fresh(&self) -> MutexGuard<'_, LruCache<Key, Document>> {
        self.fresh.lock().expect("no holder of the documents' lock panics")
    }

    fn unindexed(&self) -> MutexGuard<'_, BTreeSet<(AccountId, MemoryId)>> {
        self.unindexed.lock().expect("no holder of the marks' lock panics")
    }
}
