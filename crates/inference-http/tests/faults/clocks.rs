//! A clock for tests of patience.

use std::sync::Mutex;
use std::time::Duration;

use stdx::{BoxFuture, Clock, Timestamp};

/// Longer waits are time limits, which never come; shorter ones are over at once, and written down.
const LIMIT: Duration = Duration::from_secs(1_000);

/// A clock that stands still but for the waits between attempts.
#[derive(Default)]
pub(crate) struct Hasty {
    waits: Mutex<Vec<Duration>>,
}

impl Hasty {
    /// The waits so far.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        // 1994-11-06 08:49:30 UTC.
        Timestamp::from_millis(784_111_770_000)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        let wait = deadline.since(self.now());
        if wait >= LIMIT {
            return Box::pin(std::future::pending());
        }
        self.waits.lock().unwrap().push(wait);
        Box::pin(std::future::ready(()))
    }
}
