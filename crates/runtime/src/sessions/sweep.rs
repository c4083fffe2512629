//! Ends suspended sessions whose time is over.

use std::time::Duration;

use fault::Result;
use stdx::Timestamp;
use store::Key;

use crate::rows::SESSIONS;
use crate::service::Runtime;

/// How often to look in any case: somebody may have set the clock.
const LOOK: Duration = Duration::from_secs(60);
/// How soon to try again what the store could not do.
const AGAIN: Duration = Duration::from_secs(5);

impl Runtime {
    /// Runs until the service is shut down.
    pub(crate) async fn sweep(&self) {
        loop {
            let (due, next) = self.0.sessions.deadlines.due(self.now());
            for (key, recorded) in due {
                while let Err(error) = self.end_expired(&key, recorded).await {
                    tracing::warn!(%error, session = %key, "a suspended session could not be ended");
                    let again = self.0.clock.sleep_until(self.now().plus(AGAIN));
                    if self.0.stopping.run_until_cancelled(again).await.is_none() {
                        return;
                    }
                }
            }
            let timer = async {
                match next {
                    Some(next) => self.0.clock.sleep_until(next.min(self.now().plus(LOOK))).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.0.stopping.cancelled() => return,
                () = self.0.sessions.deadlines.added.notified() => {}
                () = timer => {}
            }
        }
    }

    /// Ends the session if it is still in the suspension that was to last until then.
    async fn end_expired(&self, key: &Key, recorded: Timestamp) -> Result<()> {
        let Some(entry) = SESSIONS.get(self.store(), key).await? else { return Ok(()) };
        let Some(suspended) = entry.value.suspension() else { return Ok(()) };
        if suspended.expires_at == recorded {
            let reason = if suspended.expires_at < suspended.ends_at {
                "it was idle for too long"
            } else {
                "it reached its maximum lifetime"
            };
            self.end_suspended(&entry, reason.to_owned()).await?;
        }
        Ok(())
    }
}
