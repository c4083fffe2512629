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
    /// There is more, but not before then.
    At(Timestamp),
}

impl Look {
    /// What two looks came to together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::More, _) | (_, Self::More) => Self::More,
            (Self::At(one), Self::At(other)) => Self::At(one.min(other)),
            (Self::At(at), Self::Done) | (Self::Done, Self::At(at)) => Self::At(at),
            (Self::Done, Self::Done) => Self::Done,
        }
    }
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
        let embedder =
            self.0.embedder.quiet_until().filter(|until| *until > now).map_or(Look::Done, Look::At);
        match looks.iter().flatten().fold(embedder, |all, look| all.and(*look)) {
            Look::More => Some(now),
            Look::At(at) => Some(at),
            Look::Done => None,
        }
    }

    /// Waits, unless the service is shut down.
    async fn rest(&self, until: Timestamp) -> Option<()> {
        self.0.stopping.run_until_cancelled(self.0.clock.sleep_until(until)).await
    }
}
