//! Keys from their making to their end.

use std::sync::Arc;
use std::time::Duration;

use api_keys::{ApiKey, ApiKeys, Parts};
use fault::Kind;
use ids::AccountId;
use stdx::{ManualClock, SeededRng, Timestamp};
use store::memory::MemoryStore;
use store::{KeyRange, Space, Store};

const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

struct World {
    keys: ApiKeys,
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    account: AccountId,
}

fn world() -> World {
    let (clock, store) = (Arc::new(ManualClock::at(START)), Arc::new(MemoryStore::new()));
    let account = AccountId::default();
    let keys = ApiKeys::new(Parts {
        store: Arc::clone(&store) as _,
        clock: Arc::clone(&clock) as _,
        rng: Arc::new(SeededRng::new(7)),
        root_account: account.clone(),
        root: ApiKey::derived("secret"),
    });
    World { keys, clock, store, account }
}

#[tokio::test]
async fn a_key_opens_until_it_is_revoked() {
    let World { keys, account, .. } = world();
    let (key, view) = keys.create(&account, "laptop", None).await.unwrap();
    for _ in 0..2 {
        let holder = keys.verify(key.expose()).await.unwrap().unwrap();
        assert_eq!((holder.account, holder.name), (account.clone(), "laptop".to_owned()));
    }
    assert_eq!(keys.revoke(&account, &view.id).await.unwrap().name, "laptop");
    assert_eq!(keys.verify(key.expose()).await.unwrap(), None);
    assert_eq!(keys.list(&account).await.unwrap(), []);
    assert_eq!(keys.revoke(&account, &view.id).await.unwrap_err().kind(), &Kind::NotFound);
}

#[tokio::test]
async fn a_key_ends_at_its_time_also_when_it_was_used_just_before() {
    let World { keys, clock, account, .. } = world();
    let end = START.plus(Duration::from_secs(10));
    let (key, _) = keys.create(&account, "short", Some(end)).await.unwrap();
    clock.advance(Duration::from_secs(9));
    assert!(keys.verify(key.expose()).await.unwrap().is_some());
    clock.advance(Duration::from_secs(1));
    assert_eq!(keys.verify(key.expose()).await.unwrap(), None);
    let refused = keys.create(&account, "late", Some(end)).await.unwrap_err();
    assert!(refused.message().contains("expiresAt"), "{refused}");
}

#[tokio::test]
async fn strangers_hold_nothing() {
    let World { keys, account, .. } = world();
    let (key, _) = keys.create(&account, "laptop", None).await.unwrap();
    let mut near = key.expose().to_owned();
    let last = near.pop().unwrap();
    near.push(if last == 'A' { 'B' } else { 'A' });
    for presented in ["", "fh-", "sk-abc", &near] {
        assert_eq!(keys.verify(presented).await.unwrap(), None, "{presented}");
    }
    assert!(keys.verify(ApiKey::derived("other").expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_derived_key_needs_no_row() {
    let World { keys, store, account, .. } = world();
    let holder = keys.verify(ApiKey::derived("secret").expose()).await.unwrap().unwrap();
    assert_eq!((holder.account, holder.name.as_str(), holder.id), (account, "root", None));
    assert_eq!(store.range(Space::new("api-keys"), &KeyRange::all(), 1).await.unwrap(), []);
}

#[tokio::test]
async fn no_row_holds_a_key() {
    let World { keys, store, account, .. } = world();
    let (key, _) = keys.create(&account, "laptop", None).await.unwrap();
    for space in ["api-keys", "api-key-digests"] {
        for row in store.range(Space::new(space), &KeyRange::all(), 9).await.unwrap() {
            let text = format!("{} {}", row.key, String::from_utf8_lossy(&row.value));
            assert!(!text.contains(key.expose()), "{text}");
        }
    }
}

#[tokio::test]
async fn the_last_use_is_known_to_the_hour() {
    let World { keys, clock, account, .. } = world();
    let (key, view) = keys.create(&account, "laptop", None).await.unwrap();
    assert_eq!(view.last_used_at, None);
    let last_use = async || keys.list(&account).await.unwrap()[0].last_used_at;
    for (minutes, expected) in [(0, 0), (59, 0), (1, 60), (30, 60), (31, 121)] {
        clock.advance(Duration::from_mins(minutes));
        assert!(keys.verify(key.expose()).await.unwrap().is_some());
        assert_eq!(last_use().await, Some(START.plus(Duration::from_mins(expected))));
    }
}

#[tokio::test]
async fn a_name_is_a_line() {
    let World { keys, account, .. } = world();
    for bad in ["", "two\nlines", &"x".repeat(101)] {
        assert!(keys.create(&account, bad, None).await.is_err(), "{bad:?}");
    }
    assert!(keys.create(&account, &"ü".repeat(100), None).await.is_ok());
}
