//! Rows in memory that stop answering after a number of steps: then the server is killed. Everything takes a turn, as it
//! does on a disk, so that others come in between.

use std::sync::Mutex;

use stdx::BoxFuture;
use store::memory::MemoryStore;
use store::{Batch, Key, KeyRange, Revision, Row, Space, Store, StoreError};
use tokio::sync::oneshot;

#[derive(Default)]
pub(crate) struct Gate {
    rows: MemoryStore,
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
            let revision = self.rows.commit(batch).await;
            self.step().await;
            revision
        })
    }
}
