//! Time as a capability: whatever waits or stamps takes a [`Clock`], so that a test can own it.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::BoxFuture;

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment plus `duration`, saturating.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Time passed since `earlier`; zero if `earlier` lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time now. Somebody may set the clock, so it can jump either way.
    fn now(&self) -> Timestamp;
    /// Time passed since some fixed moment. It never jumps: durations are measured with it.
    fn elapsed(&self) -> Duration;
    /// Completes when `deadline` has come; at once if it has passed.
    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's time enters")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> Duration {
        static FIRST_ASKED: LazyLock<Instant> = LazyLock::new(Instant::now);
        FIRST_ASKED.elapsed()
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        let wait = deadline.since(self.now());
        Box::pin(tokio::time::sleep(wait))
    }
}

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<Manual>,
}

#[derive(Debug)]
struct Manual {
    now: Timestamp,
    elapsed: Duration,
    sleepers: BTreeMap<(Timestamp, u64), oneshot::Sender<()>>,
    next: u64,
}

impl ManualClock {
    /// A clock that reads `start`.
    pub fn at(start: Timestamp) -> Self {
        let manual = Manual { now: start, elapsed: Duration::ZERO, sleepers: BTreeMap::new(), next: 0 };
        Self { state: Mutex::new(manual) }
    }

    /// Moves time forward and wakes whoever slept until then.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state.lock().expect("no holder of the clock's lock panics");
        state.elapsed += by;
        state.now = state.now.plus(by);
        let first_later = (Timestamp(state.now.0.saturating_add(1)), 0);
        let later = state.sleepers.split_off(&first_later);
        for (_, sleeper) in std::mem::replace(&mut state.sleepers, later) {
            // A sleeper that was dropped no longer listens.
            let _ = sleeper.send(());
        }
    }

    /// Sets the clock, as an administrator does: no time passes and nobody wakes.
    pub fn set(&self, now: Timestamp) {
        self.state.lock().expect("no holder of the clock's lock panics").now = now;
    }

    /// How many tasks are waiting on this clock: what a test awaits before it advances.
    pub fn sleepers(&self) -> usize {
        let mut state = self.state.lock().expect("no holder of the clock's lock panics");
        state.sleepers.retain(|_, sleeper| !sleeper.is_closed());
        state.sleepers.len()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.state.lock().expect("no holder of the clock's lock panics").now
    }

    fn elapsed(&self) -> Duration {
        self.state.lock().expect("no holder of the clock's lock panics").elapsed
    }

    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        let mut state = self.state.lock().expect("no holder of the clock's lock panics");
        if deadline <= state.now {
            return Box::pin(std::future::ready(()));
        }
        let (wake, woken) = oneshot::channel();
        let number = state.next;
        state.next += 1;
        state.sleepers.insert((deadline, number), wake);
        Box::pin(async move {
            // The sender only goes away with the clock itself; then nobody waits for this any more.
            let _ = woken.await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_only_what_is_due() {
        let clock = ManualClock::at(Timestamp::from_millis(0));
        let soon = clock.sleep_until(Timestamp::from_millis(10));
        let late = clock.sleep_until(Timestamp::from_millis(20));
        clock.advance(Duration::from_millis(10));
        soon.await;
        assert_eq!(clock.sleepers(), 1);
        clock.advance(Duration::from_millis(10));
        late.await;
        assert_eq!(clock.now(), Timestamp::from_millis(20));
    }

    #[test]
    fn setting_the_clock_takes_no_time() {
        let clock = ManualClock::at(Timestamp::from_millis(1_000));
        clock.advance(Duration::from_millis(5));
        clock.set(Timestamp::from_millis(7));
        assert_eq!((clock.now(), clock.elapsed()), (Timestamp::from_millis(7), Duration::from_millis(5)));
    }

    #[test]
    fn time_before_is_no_time_passed() {
        assert_eq!(Timestamp::from_millis(5).since(Timestamp::from_millis(9)), Duration::ZERO);
    }
}
