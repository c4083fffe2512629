//! Records that are not in the store yet, and what the budgets have spent.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use inference::{ErrorKind, ModelError};
use stdx::{Clock, Rng, Timestamp};
use store::{Key, Store, StoreError, Write};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::record::{CallRecord, RECORDS, new_key, range};
use crate::budgets::{Budget, Exceeded, Spent, Subject, Sums};

/// Calls under way and records not yet written, together.
const SLOTS: u32 = 16_384;
/// How long the end of the process waits for calls under way and for the store.
const LONGEST_END: Duration = Duration::from_secs(10);
/// How many records are read at once.
const STEP: usize = 1_000;

pub(crate) struct Ledger {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    slots: Arc<Semaphore>,
    books: Mutex<Books>,
    /// Tells the writer that there is something to write.
    pub(crate) entered: Notify,
}

#[derive(Default)]
struct Books {
    /// In the order in which they came.
    pending: VecDeque<Pending>,
    sums: Sums,
    /// Sums that are being made anew, with the records that are in them already.
    remaking: Option<(Sums, HashSet<Key>)>,
}

struct Pending {
    key: Key,
    record: CallRecord,
    _slot: Slot,
}

/// A place for a record.
pub(crate) struct Slot(#[expect(dead_code, reason = "dropping it frees the place")] OwnedSemaphorePermit);

impl Ledger {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self {
            store,
            clock,
            rng,
            slots: Arc::new(Semaphore::new(SLOTS as usize)),
            books: Mutex::default(),
            entered: Notify::new(),
        }
    }

    /// A place for the record of a call that is about to begin.
    pub(crate) fn reserve(&self) -> Result<Slot, ModelError> {
        Arc::clone(&self.slots).try_acquire_owned().map(Slot).map_err(|_| {
            let message =
                "Too many calls of models are under way or wait to be written down. Try again in a moment.";
            ModelError::new(ErrorKind::Throttled { retry_after: Some(Duration::from_secs(1)) }, message)
        })
    }

    /// Enters a call that is over. From now on the budgets know of it.
    pub(crate) fn enter(&self, slot: Slot, record: CallRecord) {
        let key = new_key(&record, &*self.rng);
        let mut books = self.books();
        books.sums.add(&record);
        if let Some((sums, counted)) = &mut books.remaking {
            sums.add(&record);
            counted.insert(key.clone());
        }
        books.pending.push_back(Pending { key, record, _slot: slot });
        drop(books);
        self.entered.notify_one();
    }

    /// Whether the budgets leave room for a call.
    pub(crate) fn check(&self, subject: &Subject<'_>) -> Result<(), Exceeded> {
        self.books().sums.check(subject, self.clock.now())
    }

    /// What the budgets have spent.
    pub(crate) fn spent(&self) -> Vec<Spent> {
        self.books().sums.spent(self.clock.now())
    }

    /// The oldest records that are not written, at most so many, as writes.
    pub(crate) fn unwritten(&self, most: usize) -> Vec<Write> {
        let books = self.books();
        let oldest = books.pending.iter().take(most);
        oldest.map(|pending| RECORDS.put(pending.key.clone(), &pending.record, store::Expect::Any)).collect()
    }

    /// So many of the oldest records are in the store.
    pub(crate) fn written(&self, count: usize) {
        // Their slots are freed after the lock is.
        let written: Vec<Pending> = self.books().pending.drain(..count).collect();
        drop(written);
    }

    /// Puts other budgets in place of those there are, with what the records say was spent of them. Calls that end
    /// meanwhile are in both.
    pub(crate) async fn set_budgets(&self, budgets: &[Budget], currency: &str) -> Result<(), StoreError> {
        if self.books().sums.are_for(budgets, currency) {
            return Ok(());
        }
        {
            let mut books = self.books();
            let (mut sums, mut counted) = (Sums::new(budgets, currency), HashSet::new());
            for pending in &books.pending {
                sums.add(&pending.record);
                counted.insert(pending.key.clone());
            }
            books.remaking = Some((sums, counted));
        }
        let read = match budgets.iter().map(|budget| budget.per.beginning(self.clock.now())).min() {
            Some(since) => self.count_stored(since).await,
            None => Ok(()),
        };
        let mut books = self.books();
        let remade = books.remaking.take();
        if let (Ok(()), Some((sums, _))) = (&read, remade) {
            books.sums = sums;
        }
        read
    }

    async fn count_stored(&self, since: Timestamp) -> Result<(), StoreError> {
        let store = &*self.store;
        for account in accounts(store).await? {
            let mut range = range(&account, Some(since), None);
            loop {
                let entries = RECORDS.list(store, &range, STEP).await?;
                let Some(end) = entries.last().map(|entry| entry.key.clone()) else { break };
                let mut books = self.books();
                if let Some((sums, counted)) = &mut books.remaking {
                    let new = entries.iter().filter(|entry| !counted.contains(&entry.key));
                    new.for_each(|entry| sums.add(&entry.value));
                }
                drop(books);
                range = range.after(end);
            }
        }
        Ok(())
    }

    /// Takes no more calls, and waits until those under way are over and all records are written; not for ever.
    pub(crate) async fn close(&self) {
        let limit = self.clock.sleep_until(self.clock.now().plus(LONGEST_END));
        tokio::select! {
            // Who has all slots knows that nobody else has one. They are kept: nobody gets one any more.
            all = Arc::clone(&self.slots).acquire_many_owned(SLOTS) => {
                if let Ok(all) = all {
                    all.forget();
                }
            }
            () = limit => {
                let unwritten = self.books().pending.len();
                let under_way = SLOTS as usize - self.slots.available_permits() - unwritten;
                tracing::error!(unwritten, under_way, "usage of models is lost: the server does not wait any longer");
            }
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("no holder of the books' lock panics")
    }
}

/// The accounts that have records.
pub(crate) async fn accounts(store: &dyn Store) -> Result<Vec<String>, StoreError> {
    let (mut accounts, mut rest) = (Vec::new(), store::KeyRange::all());
    while let Some(next) = store.range(RECORDS.space(), &rest, 1).await?.pop() {
        let account = next.key.segments().next().unwrap_or_default().to_owned();
        rest.from = std::ops::Bound::Included(Key::from_stored(format!("{account}\u{1}")));
        accounts.push(account);
    }
    Ok(accounts)
}
