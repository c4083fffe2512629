//! Writers at the same time.

use std::sync::Arc;

use stdx::Timestamp;

use super::{Open, SPACE, key};
use crate::idempotency::{ClientToken, Outcome, commit_once};
use crate::{Batch, Expect, Key, KeyRange, Revision, Store, StoreError};

pub(super) async fn all(open: Open<'_>) {
    no_increment_is_lost(open).await;
    one_of_many_creators_wins(open).await;
    equal_calls_happen_once(open).await;
    many_rows_are_read_as_of_one_moment(open).await;
}

/// Runs `work` as many tasks at once and returns their results.
async fn at_once<T, F>(tasks: usize, work: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = T>,
{
    let mut running: Vec<_> = (0..tasks).map(|number| Box::pin(work(number))).collect();
    let mut results: Vec<Option<T>> = (0..tasks).map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (task, result) in running.iter_mut().zip(&mut results) {
            if result.is_none()
                && let std::task::Poll::Ready(done) = task.as_mut().poll(context)
            {
                *result = Some(done);
            }
        }
        if results.iter().all(Option::is_some) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    results.into_iter().flatten().collect()
}

async fn no_increment_is_lost(open: Open<'_>) {
    const TASKS: usize = 8;
    const EACH: usize = 10;
    let subject = open().await;
    let counter = key("counter");
    subject.store.commit(Batch::new().put(SPACE, counter.clone(), "0", Expect::Absent)).await.unwrap();
    at_once(TASKS, |_| {
        let (store, counter) = (subject.store.clone(), counter.clone());
        async move {
            for _ in 0..EACH {
                increment(&store, &counter).await;
            }
        }
    })
    .await;
    let total = subject.store.get(SPACE, &counter).await.unwrap().unwrap();
    assert_eq!(total.value, (TASKS * EACH).to_string());
}

async fn increment(store: &Arc<dyn Store>, counter: &Key) {
    loop {
        let row = store.get(SPACE, counter).await.unwrap().unwrap();
        let next: usize = str::from_utf8(&row.value).unwrap().parse::<usize>().unwrap() + 1;
        let batch = Batch::new().put(SPACE, counter.clone(), next.to_string(), Expect::At(row.revision));
        match store.commit(batch).await {
            Ok(_) => return,
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn one_of_many_creators_wins(open: Open<'_>) {
    let subject = open().await;
    let results = at_once(32, |number| {
        let store = subject.store.clone();
        async move {
            let batch = Batch::new()
                .put(SPACE, Key::of(["mine", &number.to_string()]), "", Expect::Absent)
                .put(SPACE, key("single"), number.to_string(), Expect::Absent);
            store.commit(batch).await
        }
    })
    .await;
    let mut won: Vec<Revision> = Vec::new();
    for result in results {
        match result {
            Ok(revision) => won.push(revision),
            Err(StoreError::Conflict { key: at, .. }) => assert_eq!(at, key("single")),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(won.len(), 1, "the others failed alone");
    let mine = subject.store.range(SPACE, &KeyRange::below(["mine"]), 99).await.unwrap();
    let single = subject.store.get(SPACE, &key("single")).await.unwrap().unwrap();
    assert_eq!((mine.len(), single.revision), (1, won[0]));
    assert_eq!(mine[0].key.last().as_bytes(), &single.value[..]);
}

async fn equal_calls_happen_once(open: Open<'_>) {
    let subject = open().await;
    let token = ClientToken {
        account: "000000000000".to_owned(),
        operation: "CreateThing",
        token: "token".to_owned(),
        fingerprint: "same".to_owned(),
    };
    let outcomes = at_once(16, |number| {
        let (store, token) = (subject.store.clone(), token.clone());
        async move {
            let batch = Batch::new().put(SPACE, Key::of(["call", &number.to_string()]), "", Expect::Absent);
            let now = Timestamp::from_millis(1_000);
            commit_once(&*store, Some(&token), batch, &number.into(), now).await.unwrap()
        }
    })
    .await;
    let made = subject.store.range(SPACE, &KeyRange::below(["call"]), 99).await.unwrap();
    assert_eq!(made.len(), 1, "one call did what all of them asked for");
    let first: serde_json::Value = made[0].key.last().parse::<usize>().unwrap().into();
    let replayed = outcomes.iter().filter(|outcome| **outcome == Outcome::Replayed(first.clone()));
    assert_eq!(replayed.count(), 15, "and the others got its result: {outcomes:?}");
}

async fn many_rows_are_read_as_of_one_moment(open: Open<'_>) {
    const ROUNDS: usize = 50;
    let subject = open().await;
    let keys: Vec<Key> = (0..20).map(|number| Key::of(["one", &number.to_string()])).collect();
    let write = async |number: usize| {
        let batch = keys
            .iter()
            .fold(Batch::new(), |batch, key| batch.put(SPACE, key.clone(), number.to_string(), Expect::Any));
        subject.store.commit(batch).await.unwrap();
    };
    write(0).await;
    at_once(2, async |task| {
        for number in 1..=ROUNDS {
            if task == 0 {
                write(number).await;
                continue;
            }
            let rows = subject.store.get_many(SPACE, &keys).await.unwrap();
            let first = rows[0].as_ref().unwrap().value.clone();
            assert!(rows.iter().all(|row| row.as_ref().is_some_and(|row| row.value == first)), "{rows:?}");
        }
    })
    .await;
}
