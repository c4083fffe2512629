//! The handle that everything goes through.

use std::sync::Arc;
use std::time::Duration;

use fault::{Fault, Kind, Result};
use ids::AccountId;
use stdx::{Clock, Rng, Timestamp};
use store::{Batch, Entry, Expect, Key, KeyRange, Store, StoreError};

use crate::key::{ApiKey, KeyDigest};
use crate::known::Known;
use crate::record::{ApiKeyView, DIGESTS, KEYS, Place, Record};

/// Keys that an account may have.
const MOST_KEYS: usize = 1000;
const LONGEST_NAME: usize = 100;
/// How exactly it is known when a key was used last: a write for each use would cost more than it tells.
const USED_TO_WITHIN: Duration = Duration::from_hours(1);
/// What the key that is derived from the root key is called.
const ROOT_NAME: &str = "root";

/// What the service is made from.
pub struct Parts {
    /// Rows.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The account that the root key belongs to.
    pub root_account: AccountId,
    /// The key that is derived from the root key.
    pub root: ApiKey,
}

/// A handle on the service; cloning it is cheap.
#[derive(Clone)]
pub struct ApiKeys(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    root: (KeyDigest, KeyHolder),
    known: Known,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The account that calls act in.
    pub account: AccountId,
    /// What the key is called.
    pub name: String,
    /// The key's id; the key that is derived from the root key has none.
    pub id: Option<String>,
}

impl ApiKeys {
    /// The keys of these rows, and the derived one.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, rng, root_account, root } = parts;
        let holder = KeyHolder { account: root_account, name: ROOT_NAME.to_owned(), id: None };
        let root = (root.digest(), holder);
        Self(Arc::new(Inner { store, clock, rng, root, known: Known::default() }))
    }

    /// Makes a key. Its text is nowhere kept: this is the only time that it is seen.
    pub async fn create(
        &self,
        account: &AccountId,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<(ApiKey, ApiKeyView)> {
        let Inner { store, clock, rng, .. } = &*self.0;
        let now = clock.now();
        check(name, expires_at, now)?;
        if self.rows(account, MOST_KEYS).await?.len() == MOST_KEYS {
            let message =
                format!("An account has at most {MOST_KEYS} API keys. Revoke those that nobody needs.");
            return Err(Fault::new(Kind::QuotaExceeded, message));
        }
        let key = ApiKey::random(&**rng);
        let record = Record {
            name: name.to_owned(),
            digest: key.digest().to_hex(),
            created_at: now,
            expires_at,
            last_used_at: None,
        };
        let place = Place { account: account.to_string(), id: rng.alphanumeric(12) };
        let batch = Batch::new().and(KEYS.put(place.key(), &record, Expect::Absent)).and(DIGESTS.put(
            Key::of([&record.digest]),
            &place,
            Expect::Absent,
        ));
        store.commit(batch).await?;
        Ok((key, record.view(&place.id)))
    }

    /// The account's keys, the oldest first.
    pub async fn list(&self, account: &AccountId) -> Result<Vec<ApiKeyView>> {
        let rows = self.rows(account, MOST_KEYS).await?;
        let mut views: Vec<_> = rows.into_iter().map(|row| row.value.view(row.key.last())).collect();
        views.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(views)
    }

    /// Ends a key: from when this returns it opens nothing. Returns what it was.
    pub async fn revoke(&self, account: &AccountId, id: &str) -> Result<ApiKeyView> {
        let place = Place { account: account.to_string(), id: id.to_owned() };
        let store = &*self.0.store;
        loop {
            let Some(found) = KEYS.get(store, &place.key()).await? else {
                return Err(Fault::not_found(format!("There is no API key {id}.")));
            };
            let batch = Batch::new()
                .and(KEYS.delete(found.key, Expect::At(found.revision)))
                .and(DIGESTS.delete(Key::of([&found.value.digest]), Expect::Any));
            match store.commit(batch).await {
                Ok(_) => {}
                // Its last use was noted just now.
                Err(StoreError::Conflict { .. }) => continue,
                Err(error) => return Err(error.into()),
            }
            self.0.known.forget(id);
            return Ok(found.value.view(id));
        }
    }

    /// Whose key this is; `None` if it is nobody's, or no longer.
    pub async fn verify(&self, presented: &str) -> Result<Option<KeyHolder>> {
        let Inner { clock, known, root: (root, holder), .. } = &*self.0;
        let Some(digest) = KeyDigest::of(presented) else { return Ok(None) };
        if digest.matches(root) {
            return Ok(Some(holder.clone()));
        }
        let (now, elapsed) = (clock.now(), clock.elapsed());
        if let Some(holder) = known.find(&digest, elapsed, now) {
            return Ok(Some(holder));
        }
        let read = known.moment();
        let Some((place, row)) = self.look_up(&digest).await? else { return Ok(None) };
        if !row.value.is_valid(now) {
            return Ok(None);
        }
        let account = AccountId::parse(&place.account).map_err(Fault::internal)?;
        let holder = KeyHolder { account, name: row.value.name.clone(), id: Some(place.id) };
        known.remember(digest, holder.clone(), row.value.expires_at, elapsed, read);
        self.note_use(row, now).await;
        Ok(Some(holder))
    }

    async fn look_up(&self, digest: &KeyDigest) -> Result<Option<(Place, Entry<Record>)>> {
        let store = &*self.0.store;
        let Some(place) = DIGESTS.get(store, &Key::of([digest.to_hex()])).await? else { return Ok(None) };
        let place = place.value;
        Ok(KEYS.get(store, &place.key()).await?.map(|row| (place, row)))
    }

    /// Writes down that a key was used, if that was long enough ago. Nobody's call fails for it.
    async fn note_use(&self, row: Entry<Record>, now: Timestamp) {
        let known = row.value.last_used_at.is_some_and(|last| now.since(last) < USED_TO_WITHIN);
        if known {
            return;
        }
        let record = Record { last_used_at: Some(now), ..row.value };
        let batch = Batch::new().and(KEYS.put(row.key, &record, Expect::At(row.revision)));
        match self.0.store.commit(batch).await {
            // Another call noted it, or the key was revoked meanwhile.
            Ok(_) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => tracing::warn!(%error, "the use of an API key was not noted"),
        }
    }

    async fn rows(&self, account: &AccountId, limit: usize) -> Result<Vec<Entry<Record>>> {
        let range = KeyRange::below([account.as_str()]);
        Ok(KEYS.list(&*self.0.store, &range, limit).await?)
    }
}

fn check(name: &str, expires_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST_NAME || name.chars().any(char::is_control) {
        let message = format!("must have 1 to {LONGEST_NAME} characters, none of them a control character");
        return Err(Fault::field("name", message));
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Err(Fault::field("expiresAt", "must lie ahead"));
    }
    Ok(())
}
