//! The task that lets the index follow the rows. It takes no input: whenever it is woken it looks at the rows and does
//! what they ask for.

use std::time::Duration;

use fault::Result;
use stdx::Timestamp;

use crate::service::{Memory, report};

/// How long to wait after a failure before looking again.
const PAUSE: Duration = Duration::from_secs(2);

/// What a look at the rows came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// There is nothing left to do.
    Done,
    /// There is more.
    More,
}

impl Memory {
    /// Runs until the service is shut down.
    pub(crate) async fn follow_rows(&self) {
        while let Err(error) = self.check_collections().await {
            report(&error, "the search index could not be looked through");
            if self.rest(self.now().plus(PAUSE)).await.is_none() {
                return;
            }
        }
        loop {
            let looks = [
                self.remove_collections().await,
                self.index_marked().await,
                self.step_rebuilds().await,
                self.embed_later().await,
            ];
            self.0.indexed.notify_waiters();
            if self.0.stopping.is_cancelled() {
                return;
            }
            let again = self.look_again(&looks);
            let timer = async {
                match again {
                    Some(at) => self.0.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                () = self.0.unindexed.notified() => {}
                () = timer => {}
            }
        }
    }

    /// When to look again without being told.
    fn look_again(&self, looks: &[Result<Look>]) -> Option<Timestamp> {
        let now = self.now();
        for error in looks.iter().filter_map(|look| look.as_ref().err()) {
            report(error, "the search index could not follow the records");
        }
        if looks.iter().any(Result::is_err) {
            return Some(now.plus(PAUSE));
        }
        if looks.iter().any(|look| matches!(look, Ok(Look::More))) {
            return Some(now);
        }
        self.0.embedder.quiet_until().filter(|until| *until > now)
    }

    /// Waits, unless the service is shut down.
    async fn rest(&self, until: Timestamp) -> Option<()> {
        self.0.stopping.run_until_cancelled(self.0.clock.sleep_until(until)).await
    }
}
