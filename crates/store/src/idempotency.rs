//! Client tokens: a create that is sent twice happens once, and both calls get the first one's result.
//!
//! The record of a token is written in the same batch as what the call creates, so there is no moment, not even
//! across a crash, in which one exists without the other. Of two equal calls at once one commits; the other finds
//! the token's row taken and answers what the first one answered.

mod fingerprint;
mod once;

use std::time::Duration;

use fault::{Fault, ValidationReason};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stdx::Timestamp;

use crate::key::{Key, KeyRange, Space};
use crate::row::{Batch, Expect, Revision, Write};
use crate::table::{Entry, Table};
use crate::{Store, StoreError};

pub use fingerprint::fingerprint;
pub use once::Once;

/// How long a token is remembered.
pub const LIFETIME: Duration = Duration::from_hours(24);

/// How many expired records one step of [`sweep`] removes.
const SWEEP_STEP: usize = 256;

const TOKENS: Table<Record> = Table::new(Space::new("client-tokens"));
/// The same tokens by the time when they expire, so that sweeping reads nothing that stays.
const EXPIRIES: Table<()> = Table::new(Space::new("client-token-expiries"));

/// A call that must happen at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    /// Whose token it is: two accounts may use the same one.
    pub account: String,
    /// The operation that it was sent to.
    pub operation: &'static str,
    /// What the client sent.
    pub token: String,
    /// What else the client sent, see [`fingerprint`].
    pub fingerprint: String,
}

#[derive(Serialize, Deserialize)]
struct Record {
    fingerprint: String,
    result: Value,
    expires_at: Timestamp,
}

/// What became of a [`commit_once`].
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The batch was written just now.
    Committed(Revision),
    /// An equal call came first, with this result; nothing was written.
    Replayed(Value),
}

/// The result of the first call with this token, if there was one. Another request under the same token is refused.
pub async fn lookup(store: &dyn Store, token: &ClientToken, now: Timestamp) -> Result<Option<Value>, Fault> {
    loop {
        let Some(found) = TOKENS.get(store, &token.key()).await? else { return Ok(None) };
        if found.value.expires_at > now {
            return found.value.answer(token).map(Some);
        }
        match store.commit(Batch::new().with(removal(&found))).await {
            Ok(_) => return Ok(None),
            // Somebody swept it, or used the token anew: look again.
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What to add to the batch of the call's own writes. Fails that batch if the token was used meanwhile.
pub fn record(token: &ClientToken, result: &Value, now: Timestamp) -> [Write; 2] {
    let expires_at = now.plus(LIFETIME);
    let record = Record { fingerprint: token.fingerprint.clone(), result: result.clone(), expires_at };
    [
        TOKENS.put(token.key(), &record, Expect::Absent),
        EXPIRIES.put(expiry_key(expires_at, &token.key()), &(), Expect::Any),
    ]
}

/// Commits `batch` and the token's record, or finds that an equal call was faster. Without a token it just commits.
pub async fn commit_once(
    store: &dyn Store,
    token: Option<&ClientToken>,
    batch: Batch,
    result: &Value,
    now: Timestamp,
) -> Result<Outcome, Fault> {
    let Some(token) = token else { return Ok(Outcome::Committed(store.commit(batch).await?)) };
    // The token comes first: an equal call that was faster shows as such, not as what it created being in the way.
    let batch = Batch::new().with(record(token, result, now)).with(batch);
    loop {
        match store.commit(batch.clone()).await {
            Ok(revision) => return Ok(Outcome::Committed(revision)),
            Err(StoreError::Conflict { space, .. }) if space == TOKENS.space() => {
                if let Some(first) = lookup(store, token, now).await? {
                    return Ok(Outcome::Replayed(first));
                }
                // The record in the way had expired and is gone: now the token is free.
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Forgets the tokens that have expired. Returns how many.
pub async fn sweep(store: &dyn Store, now: Timestamp) -> Result<usize, StoreError> {
    let due = KeyRange {
        to: std::ops::Bound::Excluded(Key::of([instant(now.plus(Duration::from_millis(1)))])),
        ..KeyRange::all()
    };
    let mut swept = 0;
    loop {
        let expiries = EXPIRIES.list(store, &due, SWEEP_STEP).await?;
        let last = expiries.len() < SWEEP_STEP;
        for expiry in expiries {
            swept += usize::from(forget(store, &expiry, now).await?);
        }
        if last {
            return Ok(swept);
        }
    }
}

/// Removes an expiry and the record that it is about, unless that was made anew meanwhile.
async fn forget(store: &dyn Store, expiry: &Entry<()>, now: Timestamp) -> Result<bool, StoreError> {
    let key = Key::of(expiry.key.segments().skip(1));
    let record = TOKENS.get(store, &key).await?.filter(|record| record.value.expires_at <= now);
    let batch = match &record {
        Some(record) => Batch::new().with(removal(record)),
        None => Batch::new(),
    };
    match store.commit(batch.and(EXPIRIES.delete(expiry.key.clone(), Expect::Any))).await {
        Ok(_) => Ok(record.is_some()),
        // The record was removed by a lookup just now: its expiry went with it.
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn removal(record: &Entry<Record>) -> [Write; 2] {
    [
        TOKENS.delete(record.key.clone(), Expect::At(record.revision)),
        EXPIRIES.delete(expiry_key(record.value.expires_at, &record.key), Expect::Any),
    ]
}

fn expiry_key(at: Timestamp, token: &Key) -> Key {
    Key::of(std::iter::once(instant(at).as_str()).chain(token.segments()))
}

/// Text that sorts as the time does.
fn instant(at: Timestamp) -> String {
    format!("{:020}", at.as_millis().max(0))
}

impl ClientToken {
    fn key(&self) -> Key {
        Key::of([self.account.as_str(), self.operation, self.token.as_str()])
    }
}

impl Record {
    fn answer(self, token: &ClientToken) -> Result<Value, Fault> {
        if self.fingerprint == token.fingerprint {
            return Ok(self.result);
        }
        Err(Fault::invalid(
            ValidationReason::IdempotentParameterMismatch,
            "The client token was used before with other parameters. Use a new token for another request.",
        ))
    }
}

#[cfg(test)]
mod tests;
