//! The one thread that writes, and group commit.
//!
//! ```text
//!  callers ──▶ bounded queue ──▶ gather what waits ──▶ BEGIN, each batch in turn, COMMIT ──▶ reply to all
//! ```
//!
//! While one group is being flushed to disk the next one gathers in the queue, so the number of flushes does not
//! grow with the number of writers. A batch whose conditions do not hold fails alone.

mod group;

use std::sync::{Mutex, MutexGuard};
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::{Batch, Revision, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::error::closed;

/// Batches that may wait; further callers wait to be let in.
const QUEUE: usize = 1024;

/// Batches that share one flush.
const GROUP: usize = 256;

type Reply = Result<Revision, StoreError>;

struct Job {
    batch: Batch,
    reply: oneshot::Sender<Reply>,
}

/// The handle to the thread.
pub(crate) struct Writer {
    running: Mutex<Option<Running>>,
}

struct Running {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || work(connection, queue))?;
        Ok(Self { running: Mutex::new(Some(Running { jobs, thread })) })
    }

    /// Completes when the batch is on disk, or has failed.
    pub(crate) async fn commit(&self, batch: Batch) -> Reply {
        let jobs = self.running().as_ref().map(|running| running.jobs.clone()).ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        jobs.send(Job { batch, reply }).await.map_err(|_| closed())?;
        drop(jobs);
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Lets the thread finish what was handed in, and waits for its end.
    pub(crate) async fn close(&self) {
        let Some(Running { jobs, thread }) = self.running().take() else { return };
        drop(jobs);
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the store's writer ended with a panic");
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().expect("no holder of the writer's lock panics")
    }
}

/// Whoever did not call `close` still leaves no thread behind. What this waits for is at most one flush.
impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(Running { jobs, thread }) = self.running().take() {
            drop(jobs);
            // A panic of the thread has been reported to whoever waited for a reply.
            let _ = thread.join();
        }
    }
}

fn work(mut connection: Connection, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < GROUP
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
        let (batches, replies): (Vec<_>, Vec<_>) = jobs.into_iter().map(|job| (job.batch, job.reply)).unzip();
        for (result, reply) in group::commit(&mut connection, &batches).into_iter().zip(replies) {
            // A caller that went away does not learn that its batch was committed.
            let _ = reply.send(result);
        }
    }
    // Leaves a small log for the next start. Without it the next start reads the log, as after a crash.
    let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
}
