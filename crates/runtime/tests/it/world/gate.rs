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
    fuse: Mutex<Fuse>,
}

/// How long it takes until nothing goes on any more.
#[derive(Default)]
enum Fuse {
    /// It never comes to that.
    #[default]
    Absent,
    /// So many more steps, and whom to tell.
    Burns(usize, oneshot::Sender<()>),
    /// Nothing goes on.
    Burnt,
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

impl Gate {
    /// Lets nothing go on after so many steps, each the beginning or the end of something done here: whoever waits for
    /// that is to kill the server.
    pub(crate) fn die_after(&self, steps: usize) -> oneshot::Receiver<()> {
        let (burnt, told) = oneshot::channel();
        *self.fuse.lock().unwrap() = Fuse::Burns(steps, burnt);
        told
    }

    /// What it is for the next server.
    pub(super) fn mend(&self) {
        *self.fuse.lock().unwrap() = Fuse::Absent;
    }

    /// One step, and a turn for others.
    async fn step(&self) {
        tokio::task::yield_now().await;
        if self.burns_down() {
            std::future::pending::<()>().await;
        }
    }

    fn burns_down(&self) -> bool {
        let mut fuse = self.fuse.lock().unwrap();
        match std::mem::take(&mut *fuse) {
            Fuse::Absent => false,
            Fuse::Burns(0, burnt) => {
                // A test that has come to its end does not wait any more.
                let _ = burnt.send(());
                *fuse = Fuse::Burnt;
                true
            }
            Fuse::Burns(steps, burnt) => {
                *fuse = Fuse::Burns(steps - 1, burnt);
                false
            }
            Fuse::Burnt => {
                *fuse = Fuse::Burnt;
                true
            }
        }
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
            self.step().await;
            let answer = self.rows.get(space, key).await;
            let closed = self.closed.lock().unwrap().take_if(|(at, ..)| *at == space);
            if let Some((_, reach, released)) = closed {
                reach.send(()).unwrap();
                released.await.unwrap();
            }
            self.step().await;
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
            self.step().await;
            let rows = self.rows.range(space, range, limit).await;
            self.step().await;
            rows
        })
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(async move {
            self.step().await;
            if self.full.swap(false, Ordering::SeqCst) {
                return Err(StoreError::Full);
            }
            let revision = self.rows.commit(batch).await;
            self.step().await;
            revision
        })
    }
}
