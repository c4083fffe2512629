//! Ranges come in the order of their keys' bytes.

use std::ops::Bound;

use super::{Open, SPACE};
use crate::{Batch, Expect, Key, KeyRange, Store};

pub(super) async fn all(open: Open<'_>) {
    keys_are_ordered_by_their_bytes(open).await;
    a_listing_goes_on_where_it_stopped(open).await;
    a_backward_range_is_empty(open).await;
}

/// Keys on which collations, UTF-16 and byte order disagree.
const TRICKY: [&[&str]; 12] = [
    &[""],
    &["", ""],
    &["A"],
    &["A", ""],
    &["A", "b"],
    &["A\u{1}"],
    &["Ab"],
    &["a"],
    &["a "],
    &["é"],
    &["\u{FFFD}"],
    &["\u{10000}"],
];

async fn stored(store: &dyn Store) -> Vec<Key> {
    let mut keys: Vec<_> = TRICKY.iter().rev().map(|segments| Key::of(*segments)).collect();
    for key in &keys {
        let batch = Batch::new().put(SPACE, key.clone(), key.as_str().to_owned(), Expect::Absent);
        store.commit(batch).await.unwrap();
    }
    keys.sort_by(|one, other| one.as_str().as_bytes().cmp(other.as_str().as_bytes()));
    keys
}

async fn list(store: &dyn Store, range: &KeyRange, limit: usize) -> Vec<Key> {
    let rows = store.range(SPACE, range, limit).await.unwrap();
    for row in &rows {
        assert_eq!(row.value, row.key.as_str(), "a row has its own value");
    }
    rows.into_iter().map(|row| row.key).collect()
}

async fn keys_are_ordered_by_their_bytes(open: Open<'_>) {
    let subject = open().await;
    let store = &*subject.store;
    let keys = stored(store).await;
    assert_eq!(list(store, &KeyRange::all(), usize::MAX).await, keys);
    assert_eq!(list(store, &KeyRange::all(), 0).await, []);
    assert_eq!(list(store, &KeyRange::below(["A"]), 9).await, [Key::of(["A", ""]), Key::of(["A", "b"])]);
    for from in &keys {
        for to in &keys {
            for range in [
                KeyRange { from: Bound::Included(from.clone()), to: Bound::Included(to.clone()) },
                KeyRange { from: Bound::Excluded(from.clone()), to: Bound::Excluded(to.clone()) },
            ] {
                let expected: Vec<_> = keys.iter().filter(|key| range.contains(key)).cloned().collect();
                assert_eq!(list(store, &range, 99).await, expected, "{range:?}");
            }
        }
    }
}

async fn a_listing_goes_on_where_it_stopped(open: Open<'_>) {
    let subject = open().await;
    let store = &*subject.store;
    let keys = stored(store).await;
    let (mut seen, mut range) = (Vec::new(), KeyRange::all());
    while let [first, second @ ..] = &list(store, &range, 2).await[..] {
        seen.push(first.clone());
        seen.extend_from_slice(second);
        range = KeyRange::all().after(second.first().unwrap_or(first).clone());
    }
    assert_eq!(seen, keys);
}

async fn a_backward_range_is_empty(open: Open<'_>) {
    let subject = open().await;
    let store = &*subject.store;
    stored(store).await;
    let (from, to) = (Bound::Included(Key::of(["a"])), Bound::Excluded(Key::of(["A"])));
    assert_eq!(list(store, &KeyRange { from, to }, 9).await, []);
}
