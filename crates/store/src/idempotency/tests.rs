use serde_json::json;

use super::*;
use crate::memory::MemoryStore;

const THINGS: Space = Space::new("things");
const START: Timestamp = Timestamp::from_millis(1_000);

fn token(text: &str, parameters: &Value) -> ClientToken {
    ClientToken {
        account: "000000000000".to_owned(),
        operation: "CreateThing",
        token: text.to_owned(),
        fingerprint: fingerprint(parameters),
    }
}

fn thing(name: &str) -> Batch {
    Batch::new().put(THINGS, Key::of([name]), "{}", Expect::Absent)
}

async fn count(store: &dyn Store, space: Space) -> usize {
    store.range(space, &KeyRange::all(), 9_999).await.unwrap().len()
}

#[tokio::test]
async fn a_replay_gets_the_first_result_and_writes_nothing() {
    let store = MemoryStore::new();
    let token = token("t", &json!({"name": "a"}));
    let first = commit_once(&store, Some(&token), thing("a"), &json!("first"), START).await.unwrap();
    assert!(matches!(first, Outcome::Committed(_)));
    let second = commit_once(&store, Some(&token), thing("b"), &json!("second"), START).await.unwrap();
    assert_eq!(second, Outcome::Replayed(json!("first")));
    assert_eq!(lookup(&store, &token, START).await.unwrap(), Some(json!("first")));
    assert_eq!(count(&store, THINGS).await, 1);
}

#[tokio::test]
async fn other_parameters_under_the_same_token_are_refused() {
    let store = MemoryStore::new();
    let batch = thing("a").with(record(&token("t", &json!(1)), &json!("first"), START));
    store.commit(batch).await.unwrap();
    let fault = lookup(&store, &token("t", &json!(2)), START).await.unwrap_err();
    let fault::Kind::Validation { reason, .. } = fault.kind() else { panic!("{fault}") };
    assert_eq!(*reason, ValidationReason::IdempotentParameterMismatch);
    assert_eq!(lookup(&store, &token("u", &json!(2)), START).await.unwrap(), None);
}

#[tokio::test]
async fn a_batch_that_fails_leaves_its_token_free() {
    let store = MemoryStore::new();
    store.commit(thing("a")).await.unwrap();
    let token = token("t", &json!(1));
    let fault = commit_once(&store, Some(&token), thing("a"), &json!(1), START).await.unwrap_err();
    assert_eq!(*fault.kind(), fault::Kind::ConcurrentModification);
    assert_eq!(lookup(&store, &token, START).await.unwrap(), None);
}

#[tokio::test]
async fn an_expired_token_is_new_again() {
    let store = MemoryStore::new();
    let (token, later) = (token("t", &json!(1)), START.plus(LIFETIME));
    commit_once(&store, Some(&token), thing("a"), &json!("first"), START).await.unwrap();
    let again = commit_once(&store, Some(&token), thing("b"), &json!("second"), later).await.unwrap();
    assert!(matches!(again, Outcome::Committed(_)));
    assert_eq!(lookup(&store, &token, later).await.unwrap(), Some(json!("second")));
}

#[tokio::test]
async fn sweeping_removes_what_expired_and_nothing_else() {
    let store = MemoryStore::new();
    for number in 0..600 {
        let token = token(&format!("old-{number}"), &json!(1));
        let batch = Batch::new().with(record(&token, &json!(1), START));
        store.commit(batch).await.unwrap();
    }
    let young = token("young", &json!(1));
    let batch = Batch::new().with(record(&young, &json!(1), START.plus(Duration::from_secs(1))));
    store.commit(batch).await.unwrap();
    let now = START.plus(LIFETIME);
    assert_eq!(sweep(&store, now).await.unwrap(), 600);
    assert_eq!(count(&store, TOKENS.space()).await, 1);
    assert_eq!(count(&store, EXPIRIES.space()).await, 1);
    assert_eq!(lookup(&store, &young, now).await.unwrap(), Some(json!(1)));
}

#[tokio::test]
async fn an_answer_comes_back_as_it_was_given() {
    let store = MemoryStore::new();
    let (once, token) = (Once { store: &store, now: START }, token("t", &json!({"name": "a"})));
    let answer = |name: &str| (name.to_owned(), 1_u32);
    assert_eq!(once.first::<(String, u32)>(Some(&token)).await.unwrap(), None);
    assert_eq!(once.commit(Some(&token), thing("a"), answer("a")).await.unwrap(), answer("a"));
    assert_eq!(once.commit(Some(&token), thing("b"), answer("b")).await.unwrap(), answer("a"));
    assert_eq!(once.first(Some(&token)).await.unwrap(), Some(answer("a")));
    assert_eq!(once.first::<(String, u32)>(None).await.unwrap(), None);
    assert_eq!(count(&store, THINGS).await, 1);
}
