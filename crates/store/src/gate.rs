//! Rows in memory that stop answering after a number of steps: then the server is killed. Everything takes a turn, as it
//! does on a disk, so that others come in between. One answer can be held back while the world moves on, and commits can
//! find the disk full.

#![expect(clippy::unwrap_used, reason = "a double for tests, shipped behind a feature")]

use std::sync::Mutex;

use stdx::BoxFuture;
use tokio::sync::oneshot;

use crate::memory::MemoryStore;
use crate::{Batch, Key, KeyRange, Revision, Row, Space, Store, StoreError};

/// An engine in memory for the tests of services.
#[derive(Default)]
pub struct Gate {
    rows: MemoryStore,
    fuse: Mutex<Fuse>,
    closed: Mutex<Option<Closed>>,
    full: Mutex<Option<Full>>,
    held: Mutex<Option<oneshot::Receiver<()>>>,
}

/// Where, whom to tell that somebody waits, and what to wait for.
type Closed = (Space, oneshot::Sender<()>, oneshot::Receiver<()>);

/// An answer that is, or will be, held back.
pub struct Held {
    reached: oneshot::Receiver<()>,
    release: oneshot::Sender<()>,
}

impl Held {
    /// Waits until somebody waits for the answer; what is returned lets it go.
    pub async fn reached(self) -> oneshot::Sender<()> {
        self.reached.await.unwrap();
        self.release
    }
}

/// Which commit finds the disk full.
#[derive(Clone, Copy)]
enum Full {
    /// Each.
    All,
    /// The next one.
    Next,
    /// The next one that writes in this space.
    NextIn(Space),
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

impl Gate {
    /// Lets nothing go on after so many steps, each the beginning or the end of something done here: whoever waits for
    /// that is to kill the server.
    pub fn die_after(&self, steps: usize) -> oneshot::Receiver<()> {
        let (burnt, told) = oneshot::channel();
        *self.fuse.lock().unwrap() = Fuse::Burns(steps, burnt);
        told
    }

    /// Holds back the next answer to a `get` in this space: it tells what was, not what is by then.
    pub fn hold_next(&self, space: &'static str) -> Held {
        let (reach, reached) = oneshot::channel();
        let (release, released) = oneshot::channel();
        *self.closed.lock().unwrap() = Some((Space::new(space), reach, released));
        Held { reached, release }
    }

    /// Lets the disk be full until there is room again.
    pub fn fill_up(&self) {
        *self.full.lock().unwrap() = Some(Full::All);
    }

    /// Makes room on a full disk.
    pub fn make_room(&self) {
        *self.full.lock().unwrap() = None;
    }

    /// Lets the disk be full for the next commit.
    pub fn fill_up_once(&self) {
        *self.full.lock().unwrap() = Some(Full::Next);
    }

    /// Lets the disk be full for the next commit that writes in this space.
    pub fn fill_up_for(&self, space: &'static str) {
        *self.full.lock().unwrap() = Some(Full::NextIn(Space::new(space)));
    }

    /// Holds the next commit back until what is returned is used: others go ahead of it.
    pub fn hold_next_commit(&self) -> oneshot::Sender<()> {
        let (release, released) = oneshot::channel();
        *self.held.lock().unwrap() = Some(released);
        release
    }

    /// Lets everything go on again, for the next server.
    pub fn mend(&self) {
        *self.fuse.lock().unwrap() = Fuse::Absent;
    }

    /// One step, and a turn for others.
    async fn step(&self) {
        tokio::task::yield_now().await;
        if self.burns_down() {
            std::future::pending::<()>().await;
        }
    }

    /// Holds back who has just read from the space that was closed.
    async fn wait_if_closed(&self, space: Space) {
        let closed = self.closed.lock().unwrap().take_if(|(at, ..)| *at == space);
        if let Some((_, reach, released)) = closed {
            reach.send(()).unwrap();
            // Whoever holds it back may be gone with its test.
            let _ = released.await;
        }
    }

    fn is_full_for(&self, batch: &Batch) -> bool {
        let mut full = self.full.lock().unwrap();
        let (meant, stays) = match *full {
            None => (false, None),
            Some(Full::All) => (true, *full),
            Some(Full::Next) => (true, None),
            Some(Full::NextIn(space)) => {
                let meant = batch.writes().iter().any(|write| write.target().0 == space);
                (meant, full.filter(|_| !meant))
            }
        };
        *full = stays;
        meant
    }

    fn burns_down(&self) -> bool {
        let mut fuse = self.fuse.lock().unwrap();
        let (next, down) = match std::mem::take(&mut *fuse) {
            Fuse::Absent => (Fuse::Absent, false),
            Fuse::Burns(0, burnt) => {
                // A test that has come to its end does not wait any more.
                let _ = burnt.send(());
                (Fuse::Burnt, true)
            }
            Fuse::Burns(steps, burnt) => (Fuse::Burns(steps - 1, burnt), false),
            Fuse::Burnt => (Fuse::Burnt, true),
        };
        *fuse = next;
        down
    }
}

impl Store for Gate {
    fn get<'a>(&'a self, space: Space, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        Box::pin(async move {
            self.step().await;
            let answer = self.rows.get(space, key).await;
            self.wait_if_closed(space).await;
            self.step().await;
            answer
        })
    }

    fn get_many<'a>(
        &'a self,
        space: Space,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, StoreError>> {
        Box::pin(async move {
            self.step().await;
            let answer = self.rows.get_many(space, keys).await;
            self.wait_if_closed(space).await;
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
            if self.is_full_for(&batch) {
                return Err(StoreError::Full);
            }
            let held = self.held.lock().unwrap().take();
            if let Some(held) = held {
                held.await.unwrap();
            }
            let revision = self.rows.commit(batch).await;
            self.step().await;
            revision
        })
    }
}
