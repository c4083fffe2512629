//! A batch happens as a whole, under its conditions, or not at all.

use super::{OTHER, Open, SPACE, key, row};
use crate::{Batch, Expect, Key, KeyRange, Revision, StoreError};

pub(super) async fn all(open: Open<'_>) {
    expectations_are_kept(open).await;
    a_conflict_undoes_the_steps_before_it(open).await;
    steps_see_the_steps_before_them(open).await;
    revisions_grow_and_name_the_last_commit(open).await;
}

#[track_caller]
fn assert_conflict(result: Result<Revision, StoreError>, expected: &Key) {
    match result {
        Err(StoreError::Conflict { space, key }) => assert_eq!((space, &key), (SPACE, expected)),
        other => panic!("expected a conflict on {expected}, got {other:?}"),
    }
}

async fn expectations_are_kept(open: Open<'_>) {
    let subject = open().await;
    let (store, here, nowhere) = (&*subject.store, key("here"), key("nowhere"));
    let batch = Batch::new().put(SPACE, here.clone(), "1", Expect::Absent);
    let first = store.commit(batch.clone()).await.unwrap();
    assert_conflict(store.commit(batch).await, &here);
    let stale = Revision(first.0 + 1_000);
    for (target, wrong) in [
        (&here, Expect::Absent),
        (&here, Expect::At(stale)),
        (&nowhere, Expect::Present),
        (&nowhere, Expect::At(first)),
    ] {
        assert_conflict(store.commit(Batch::new().put(SPACE, target.clone(), "2", wrong)).await, target);
        assert_conflict(store.commit(Batch::new().delete(SPACE, target.clone(), wrong)).await, target);
        assert_conflict(store.commit(Batch::new().check(SPACE, target.clone(), wrong)).await, target);
    }
    assert_eq!(store.get(SPACE, &here).await.unwrap(), Some(row(&here, "1", first)));
    let second = store.commit(Batch::new().put(SPACE, here.clone(), "2", Expect::At(first))).await.unwrap();
    assert_eq!(store.get(SPACE, &here).await.unwrap(), Some(row(&here, "2", second)));
    store.commit(Batch::new().delete(SPACE, here.clone(), Expect::At(second))).await.unwrap();
    assert_eq!(store.get(SPACE, &here).await.unwrap(), None);
    store.commit(Batch::new().delete(SPACE, here, Expect::Any)).await.unwrap();
}

async fn a_conflict_undoes_the_steps_before_it(open: Open<'_>) {
    let subject = open().await;
    let (store, kept, new) = (&*subject.store, key("kept"), key("new"));
    let revision = store.commit(Batch::new().put(SPACE, kept.clone(), "1", Expect::Any)).await.unwrap();
    let batch = Batch::new()
        .put(OTHER, new.clone(), "1", Expect::Absent)
        .delete(SPACE, kept.clone(), Expect::Present)
        .check(SPACE, new.clone(), Expect::Present);
    assert_conflict(store.commit(batch).await, &new);
    assert_eq!(store.get(SPACE, &kept).await.unwrap(), Some(row(&kept, "1", revision)));
    assert_eq!(store.range(OTHER, &KeyRange::all(), 9).await.unwrap(), []);
}

async fn steps_see_the_steps_before_them(open: Open<'_>) {
    let subject = open().await;
    let (store, one) = (&*subject.store, key("one"));
    let batch = Batch::new()
        .put(SPACE, one.clone(), "1", Expect::Absent)
        .check(SPACE, one.clone(), Expect::Present)
        .delete(SPACE, one.clone(), Expect::Present)
        .put(SPACE, one.clone(), "2", Expect::Absent);
    let revision = store.commit(batch).await.unwrap();
    assert_eq!(store.get(SPACE, &one).await.unwrap(), Some(row(&one, "2", revision)));
}

async fn revisions_grow_and_name_the_last_commit(open: Open<'_>) {
    let subject = open().await;
    let (store, a, b) = (&*subject.store, key("a"), key("b"));
    let both = Batch::new().put(SPACE, a.clone(), "1", Expect::Any).put(OTHER, b.clone(), "1", Expect::Any);
    let first = store.commit(both).await.unwrap();
    let second = store.commit(Batch::new().put(SPACE, a.clone(), "2", Expect::Any)).await.unwrap();
    assert!(second > first);
    assert_eq!(store.get(SPACE, &a).await.unwrap(), Some(row(&a, "2", second)));
    assert_eq!(store.get(OTHER, &b).await.unwrap(), Some(row(&b, "1", first)));
    assert_eq!(store.get(SPACE, &b).await.unwrap(), None, "spaces are apart");
}
