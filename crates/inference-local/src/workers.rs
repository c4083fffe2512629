//! The threads that compute, and the texts that wait for them.
//!
//! ```text
//!  embed ── submit ──▶ room ──▶ queue ──▶ a worker takes its share: texts of any callers, tokenised one by one
//!    ▲                (bytes)              until the batch is large enough ──▶ encoder
//!    └──────────────────── each text's vector to whoever waits for it ◀────────┘
//! ```
//!
//! A caller waits for room before its text is queued, so what is queued is bounded however many callers there are.
//! A text whose caller has gone is dropped when its turn comes.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use inference::ModelError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::encoder::{Batch, Encoder, Scratch};
use crate::model::Pooling;
use crate::tokens::Tokens;

/// A batch is complete when it has so many tokens. More make the multiplications no faster, and everybody in the
/// batch waits for all of it.
const TOKENS: usize = 1024;
/// What may wait, in pieces of a kilobyte.
const ROOM: u32 = 32 << 10;

/// What the workers run.
pub(crate) struct Model {
    pub(crate) encoder: Encoder,
    pub(crate) tokens: Tokens,
    pub(crate) pooling: Pooling,
}

/// The threads; they end when this is dropped.
pub(crate) struct Workers {
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    model: Model,
    queue: Mutex<Queue>,
    changed: Condvar,
    threads: usize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    closed: bool,
}

type Vector = Result<Vec<f32>, ModelError>;

/// A text whose vector somebody waits for.
struct Waiting {
    text: String,
    answer: oneshot::Sender<Vector>,
    _room: OwnedSemaphorePermit,
}

impl Workers {
    pub(crate) fn start(model: Model, threads: usize) -> io::Result<Self> {
        let threads = threads.max(1);
        let (queue, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { model, queue, changed, threads });
        let room = Arc::new(Semaphore::new(ROOM as usize));
        let mut workers = Self { shared, room, threads: Vec::new() };
        for _ in 0..threads {
            let shared = Arc::clone(&workers.shared);
            let builder = thread::Builder::new().name("embedding".to_owned());
            workers.threads.push(builder.spawn(move || shared.work())?);
        }
        Ok(workers)
    }

    /// Queues a text as soon as there is room. Dropping what is returned takes it back.
    pub(crate) async fn submit(&self, text: String) -> oneshot::Receiver<Vector> {
        let pieces = u32::try_from(text.len() >> 10).unwrap_or(ROOM).saturating_add(1).min(ROOM);
        let room = Arc::clone(&self.room).acquire_many_owned(pieces).await;
        let room = room.expect("the room is never closed");
        let (answer, vector) = oneshot::channel();
        self.shared.queue().waiting.push_back(Waiting { text, answer, _room: room });
        self.shared.changed.notify_one();
        vector
    }
}

impl Drop for Workers {
    /// Waits for the batches in work, a fraction of a second each.
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // What a worker may panic at is caught inside; if it did all the same, there is nothing left to do.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no holder of the queue's lock panics")
    }

    fn work(&self) {
        let mut scratch = Scratch::default();
        while let Some((first, share)) = self.wait() {
            // A tokenizer from a file, and texts from anybody: a panic costs a batch and nothing else. Its callers
            // see that nobody is left to answer them.
            let done = catch_unwind(AssertUnwindSafe(|| self.batch(first, share, &mut scratch)));
            if done.is_err() {
                tracing::error!("a panic while embedding texts");
                scratch = Scratch::default();
            }
        }
    }

    /// Waits for a text; also says how many of those that wait are one worker's share, so that a few texts
    /// keep all workers busy. `None` at the end.
    fn wait(&self) -> Option<(Waiting, usize)> {
        let queue = self.changed.wait_while(self.queue(), |queue| queue.waiting.is_empty() && !queue.closed);
        let mut queue = queue.expect("no holder of the queue's lock panics");
        if queue.closed {
            return None;
        }
        let share = queue.waiting.len().div_ceil(self.threads);
        queue.waiting.pop_front().map(|first| (first, share))
    }

    fn batch(&self, first: Waiting, share: usize, scratch: &mut Scratch) {
        let Model { encoder, tokens, pooling } = &self.model;
        let (mut batch, mut callers) = (Batch::default(), Vec::new());
        let mut next = Some(first);
        while let Some(waiting) = next {
            if !waiting.answer.is_closed() {
                match tokens.of(&waiting.text) {
                    Ok(tokens) => {
                        batch.push(&tokens);
                        callers.push(waiting);
                    }
                    // Whoever has gone meanwhile does not mind.
                    Err(error) => drop(waiting.answer.send(Err(error))),
                }
            }
            let full = batch.len() >= TOKENS || callers.len() >= share;
            next = if full { None } else { self.queue().waiting.pop_front() };
        }
        if callers.is_empty() {
            return;
        }
        let vectors = encoder.encode(&batch, *pooling, scratch);
        for (waiting, vector) in callers.into_iter().zip(vectors) {
            // As above.
            let _ = waiting.answer.send(Ok(vector));
        }
    }
}
