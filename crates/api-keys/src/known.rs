//! Keys that were verified lately.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use stdx::Timestamp;

use crate::key::KeyDigest;
use crate::service::KeyHolder;

/// How long a key is known without a look at the store.
const KNOWN_FOR: Duration = Duration::from_secs(30);
/// How many keys are known at once; more are looked up each time that another one was.
const MOST: usize = 4096;

/// Keys that were verified lately.
#[derive(Default)]
pub(crate) struct Known(Mutex<State>);

#[derive(Default)]
struct State {
    entries: HashMap<KeyDigest, Entry>,
    /// Grows with every key that is forgotten: what was read before must not be remembered after.
    forgotten: u64,
}

struct Entry {
    holder: KeyHolder,
    expires_at: Option<Timestamp>,
    /// On the clock that never jumps.
    until: Duration,
}

/// A moment between two revocations.
#[derive(Clone, Copy)]
pub(crate) struct Moment(u64);

impl Known {
    /// Whose key it is, if that is known.
    pub(crate) fn find(&self, digest: &KeyDigest, elapsed: Duration, now: Timestamp) -> Option<KeyHolder> {
        let state = self.lock();
        let entry = state.entries.get(digest)?;
        let valid = elapsed < entry.until && entry.expires_at.is_none_or(|end| now < end);
        valid.then(|| entry.holder.clone())
    }

    /// To be taken before the rows are read that [`Known::remember`] is told of.
    pub(crate) fn moment(&self) -> Moment {
        Moment(self.lock().forgotten)
    }

    /// Remembers a key, unless one was forgotten since `read`: it may have been this one.
    pub(crate) fn remember(
        &self,
        digest: KeyDigest,
        holder: KeyHolder,
        expires_at: Option<Timestamp>,
        elapsed: Duration,
        read: Moment,
    ) {
        let mut state = self.lock();
        if state.forgotten != read.0 {
            return;
        }
        if state.entries.len() >= MOST {
            state.entries.retain(|_, entry| elapsed < entry.until);
        }
        if state.entries.len() < MOST {
            state.entries.insert(digest, Entry { holder, expires_at, until: elapsed + KNOWN_FOR });
        }
    }

    /// Forgets the key with this id.
    pub(crate) fn forget(&self, id: &str) {
        let mut state = self.lock();
        state.forgotten += 1;
        state.entries.retain(|_, entry| entry.holder.id.as_deref() != Some(id));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use ids::AccountId;
    use stdx::SystemRng;

    use super::*;
    use crate::ApiKey;

    #[test]
    fn what_was_read_before_a_revocation_is_not_remembered_after() {
        let (known, digest) = (Known::default(), ApiKey::random(&SystemRng).digest());
        let holder =
            KeyHolder { account: AccountId::default(), name: "a".to_owned(), id: Some("1".to_owned()) };
        let (zero, now) = (Duration::ZERO, Timestamp::from_millis(0));
        let read = known.moment();
        known.forget("1");
        known.remember(digest, holder.clone(), None, zero, read);
        assert_eq!(known.find(&digest, zero, now), None);
        known.remember(digest, holder.clone(), None, zero, known.moment());
        assert_eq!(known.find(&digest, zero, now), Some(holder));
        assert_eq!(known.find(&digest, KNOWN_FOR, now), None);
        known.forget("1");
        assert_eq!(known.find(&digest, zero, now), None);
    }
}
