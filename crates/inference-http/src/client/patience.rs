//! How long we wait, and how often we ask again.

use std::future::Future;
use std::time::Duration;

use futures_util::future::{Either, select};
use stdx::{Clock, Rng};

/// The longest that one request waits between its attempts, all together.
const LONGEST: Duration = Duration::from_secs(30);
/// Around this the first wait lies; each further one around the double.
const FIRST: Duration = Duration::from_millis(500);
/// No single wait of our own choice is longer.
const CAP: Duration = Duration::from_secs(8);

/// What a failed attempt says about another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It is no use.
    No,
    /// After a while.
    Soon,
    /// Not before this time has passed.
    After(Duration),
}

/// What is left of the patience for one request.
#[derive(Debug)]
pub(super) struct Patience {
    attempts: u32,
    waits: u32,
    left: Duration,
}

impl Patience {
    /// Patience for so many more attempts.
    pub(super) fn new(retries: u32) -> Self {
        Self { attempts: retries, waits: 0, left: LONGEST }
    }

    /// How long to wait before the next attempt, if there is to be one.
    pub(super) fn wait(&mut self, again: Again, rng: &dyn Rng) -> Option<Duration> {
        self.attempts = self.attempts.checked_sub(1)?;
        let wished = match again {
            Again::No => return None,
            Again::Soon => Duration::ZERO,
            Again::After(wished) => wished,
        };
        // A random share of the whole: callers that failed together must not come back together.
        let whole = CAP.min(FIRST * 2_u32.saturating_pow(self.waits));
        let wait = wished.saturating_add(share(whole, rng));
        self.left = self.left.checked_sub(wait)?;
        self.waits += 1;
        Some(wait)
    }
}

fn share(whole: Duration, rng: &dyn Rng) -> Duration {
    let mut random = [0; 4];
    rng.fill(&mut random);
    whole.mul_f64(f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX))
}

/// What a future gives, unless it takes longer.
pub(super) async fn within<F: Future>(clock: &dyn Clock, limit: Duration, future: F) -> Option<F::Output> {
    let late = clock.sleep_until(clock.now().plus(limit));
    match select(std::pin::pin!(future), late).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use stdx::SeededRng;

    use super::*;

    #[test]
    fn waits_grow_are_random_and_end() {
        for seed in 0..50 {
            let (mut patience, rng) = (Patience::new(9), SeededRng::new(seed));
            let waits: Vec<_> = std::iter::from_fn(|| patience.wait(Again::Soon, &rng)).collect();
            for (number, wait) in waits.iter().enumerate() {
                let most = CAP.min(FIRST * 2_u32.pow(u32::try_from(number).unwrap()));
                assert!(*wait <= most, "{waits:?}");
            }
            assert!(waits.len() >= 5 && waits.iter().sum::<Duration>() <= LONGEST, "{waits:?}");
        }
    }

    #[test]
    fn a_provider_s_wish_is_granted_or_the_error_returned() {
        let rng = SeededRng::new(1);
        let wished = Duration::from_secs(7);
        let wait = Patience::new(1).wait(Again::After(wished), &rng).unwrap();
        assert!(wait >= wished && wait <= wished + FIRST, "{wait:?}");
        assert_eq!(Patience::new(9).wait(Again::After(Duration::from_secs(31)), &rng), None);
        assert_eq!(Patience::new(9).wait(Again::After(Duration::MAX), &rng), None);
        assert_eq!(Patience::new(9).wait(Again::No, &rng), None);
        assert_eq!(Patience::new(0).wait(Again::Soon, &rng), None);
    }
}
