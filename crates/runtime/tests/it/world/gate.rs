//! Rows in memory, with a gate: one answer can be held back while the world moves on. Everything takes a turn or two,
//! as it does on a disk, so that others come in between.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use stdx::BoxFuture;
use store::memory::MemoryStore;
use store::{Batch, Key, KeyRange, Revision, Row, Space, Store, StoreError};
use tokio::sync::oneshot;

#[derive(Default)]
pub(crate) struct Gate {
    rows: MemoryStore,
    closed: Mutex<Option<Closed>>,
    full: AtomicBool,
}

/// Where, whom to tell that somebody waits, and what to wait for.
type Closed = (Space, oneshot::Sender<()>, oneshot::Receiver<()>);

/// An answer that is, or will be, held back.
pub(crate) struct Held {
    reached: oneshot::Receiver<()>,
    release: oneshot::Sender<()>,
}

impl Gate {
    /// Holds back the next answer to a `get` in this space: it tells what was, not what is by then.
    pub(crate) fn hold_next(&self, space: &'static str) -> Held {
        let (reach, reached) = oneshot::channel();
        let (release, released) = oneshot::channel();
        *self.closed.lock().unwrap() = Some((Space::new(space), reach, released));
        Held { reached, release }
    }
}

impl Gate {
    /// Lets the disk be full for the next commit.
    pub(crate) fn fill_up_once(&self) {
        self.full.store(true, Ordering::SeqCst);
    }
}

impl Held {
    /// Waits until somebody waits for the answer; what is returned lets it go.
    pub(crate) async fn reached(self) -> oneshot::Sender<()> {
        self.reached.await.unwrap();
        self.release
    }
}

impl Store for Gate {
    fn get<'a>(&'a self, space: Space, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let answer = self.rows.get(space, key).await;
            let closed = self.closed.lock().unwrap().take_if(|(at, ..)| *at == space);
            if let Some((_, reach, released)) = closed {
                reach.send(()).unwrap();
                released.await.unwrap();
            }
            tokio::task::yield_now().await;
            answer
        })
    }

    fn range<'a>(
        &'a self,
        space: Space,
        range: &'a KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let rows = self.rows.range(space, range, limit).await;
            tokio::task::yield_now().await;
            rows
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if self.full.swap(false, Ordering::SeqCst) {
                return Err(StoreError::Full);
            }
            let revision = self.rows.commit(batch).await;
            tokio::task::yield_now().await;
            revision
        })
    }
}
