//! What a data directory may be, and who may open it.

use std::error::Error;
use std::path::Path;

use rusqlite::Connection;
use stdx::Timestamp;
use store::idempotency::{ClientToken, commit_once, lookup};
use store::{Batch, Expect, Key, KeyRange, Revision, Space, Store, StoreError};
use store_sqlite::{OpenError, SqliteStore};

const SPACE: Space = Space::new("opening");

async fn put(store: &SqliteStore, key: &str) -> Result<Revision, StoreError> {
    store.commit(Batch::new().put(SPACE, Key::of([key]), "{}", Expect::Any)).await
}

fn refusal(data: &Path) -> OpenError {
    SqliteStore::open(data).err().expect("the directory must be refused")
}

#[tokio::test]
async fn rows_and_revisions_outlive_the_store() {
    let data = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(data.path()).unwrap();
    let first = put(&store, "a").await.unwrap();
    store.commit(Batch::new().delete(SPACE, Key::of(["a"]), Expect::Present)).await.unwrap();
    let last = put(&store, "b").await.unwrap();
    drop(store);
    let store = SqliteStore::open(data.path()).unwrap();
    let rows = store.range(SPACE, &KeyRange::all(), 9).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.revision).collect::<Vec<_>>(), [last]);
    assert!(put(&store, "a").await.unwrap() > last && last > first);
}

#[tokio::test]
async fn client_tokens_outlive_the_store() {
    let data = tempfile::tempdir().unwrap();
    let now = Timestamp::from_millis(1_000);
    let mut token = ClientToken {
        account: "000000000000".to_owned(),
        operation: "CreateThing",
        token: "token".to_owned(),
        fingerprint: "first".to_owned(),
    };
    let store = SqliteStore::open(data.path()).unwrap();
    commit_once(&store, Some(&token), Batch::new(), &"result".into(), now).await.unwrap();
    drop(store);
    let store = SqliteStore::open(data.path()).unwrap();
    assert_eq!(lookup(&store, &token, now).await.unwrap(), Some("result".into()));
    token.fingerprint = "other".to_owned();
    assert!(lookup(&store, &token, now).await.is_err());
}

#[tokio::test]
async fn two_servers_never_share_a_directory() {
    let data = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(data.path()).unwrap();
    let OpenError::InUse { path, process } = refusal(data.path()) else { panic!("another error") };
    assert_eq!((path.as_path(), process), (data.path(), std::process::id().to_string()));
    drop(store);
    SqliteStore::open(data.path()).unwrap();
}

#[tokio::test]
async fn a_closed_store_says_so_and_lets_go() {
    let data = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(data.path()).unwrap();
    put(&store, "a").await.unwrap();
    store.close().await;
    store.close().await;
    for error in [put(&store, "b").await.unwrap_err(), store.get(SPACE, &Key::of(["a"])).await.unwrap_err()] {
        assert_eq!(error.source().unwrap().to_string(), "the store is closed");
    }
    drop(store);
    let store = SqliteStore::open(data.path()).unwrap();
    assert!(store.get(SPACE, &Key::of(["a"])).await.unwrap().is_some());
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(data.path()).unwrap());
    let connection = Connection::open(data.path().join("store.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    let error = refusal(data.path());
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
    assert!(error.to_string().contains("schema 99"), "{error}");
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn what_is_no_database_is_damaged() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(
        data.path().join("store.db"),
        "not a database, and long enough to be looked at".repeat(99),
    )
    .unwrap();
    assert!(matches!(refusal(data.path()), OpenError::Damaged(_)));
}

#[test]
fn a_file_in_place_of_the_directory_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(refusal(&file), OpenError::Directory { .. }));
}

#[tokio::test]
async fn a_key_that_is_no_text_is_damaged() {
    let data = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(data.path()).unwrap();
    let connection = Connection::open(data.path().join("store.db")).unwrap();
    connection.execute("INSERT INTO rows VALUES ('opening', x'ff', x'', 1)", []).unwrap();
    let error = store.range(SPACE, &KeyRange::all(), 9).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}
