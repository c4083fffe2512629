//! When machines are made ahead: not while somebody waits for a first answer, and not many at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

/// Where somebody always waits, machines ahead are what is missing: then they are made all the same.
const CALM: Duration = Duration::from_secs(2);

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pace {
    makers: Arc<Semaphore>,
    starting: Arc<watch::Sender<usize>>,
    calm: Duration,
}

/// A sandbox whose first answer is waited for.
pub(crate) struct Starting(Arc<watch::Sender<usize>>);

impl Pace {
    /// One machine at a time for each core but one, which serves.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let makers = Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)));
        Self { makers, starting: Arc::default(), calm: CALM }
    }

    /// Somebody waits from now on until this is dropped.
    pub(crate) fn starting(&self) -> Starting {
        self.starting.send_modify(|count| *count += 1);
        Starting(Arc::clone(&self.starting))
    }

    /// Waits for a good moment to make a machine, which lasts as long as what is returned.
    pub(crate) async fn turn(&self) -> OwnedSemaphorePermit {
        let turn = Arc::clone(&self.makers).acquire_owned().await.expect("the semaphore is never closed");
        // Calm or not: it is time.
        let _ = timeout(self.calm, self.starting.subscribe().wait_for(|count| *count == 0)).await;
        turn
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn machines_are_made_in_calm_and_one_at_a_time() {
        let pace = Pace { makers: Arc::new(Semaphore::new(1)), ..Pace::new() };
        let (one, two) = (pace.starting(), pace.starting());
        let mut turn = Box::pin(pace.turn());
        assert!(futures_util::poll!(&mut turn).is_pending());
        drop(one);
        assert!(futures_util::poll!(&mut turn).is_pending());
        drop(two);
        let turn = turn.await;
        let mut next = Box::pin(pace.turn());
        assert!(futures_util::poll!(&mut next).is_pending());
        drop(turn);
        drop(next.await);
    }

    #[tokio::test]
    async fn where_somebody_always_waits_machines_are_made_all_the_same() {
        let pace = Pace { calm: Duration::from_millis(1), ..Pace::new() };
        let _always = pace.starting();
        drop(pace.turn().await);
    }
}
