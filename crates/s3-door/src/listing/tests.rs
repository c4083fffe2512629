use std::collections::BTreeSet;

use proptest::prelude::*;
use stdx::Timestamp;
use store::memory::MemoryStore;
use store::{Batch, Digest, Expect, Store};

use super::*;
use crate::rows::{Checksums, Described, object_key};

async fn filled(keys: &BTreeSet<String>) -> MemoryStore {
    let store = MemoryStore::new();
    let object = Object {
        digest: Digest::parse(&"0".repeat(64)).unwrap(),
        length: 0,
        etag: String::new(),
        modified: Timestamp::default(),
        checksums: Checksums::new(),
        parts: None,
        described: Described::default(),
    };
    let others = ["a", "c"].map(|bucket| (bucket, "a/b"));
    let all = keys.iter().map(|key| ("b", key.as_str())).chain(others);
    let rows = all.map(|(bucket, key)| OBJECTS.put(object_key(bucket, key).unwrap(), &object, Expect::Any));
    store.commit(Batch::new().with(rows)).await.unwrap();
    store
}

/// What S3 promises, said plainly.
fn expected(keys: &BTreeSet<String>, prefix: &str, delimiter: Option<&str>) -> Vec<String> {
    let mut listed: Vec<String> = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with(prefix)) {
        let rest = &key[prefix.len()..];
        let end = delimiter.and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()));
        let item = end.map_or_else(|| key.clone(), |end| key[..prefix.len() + end].to_owned());
        if listed.last() != Some(&item) {
            listed.push(item);
        }
    }
    listed
}

/// All pages, one after the other.
async fn listed(store: &dyn Store, query: &Query<'_>) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = Query { after: after.as_deref(), ..query.clone() }.page(store).await.unwrap();
        let keys = page.objects.iter().map(|row| name(&row.key).to_owned());
        let mut items: Vec<_> = keys.chain(page.prefixes).collect();
        items.sort();
        assert!(items.len() <= query.limit);
        if page.next.is_some() {
            assert_eq!((items.len(), items.last()), (query.limit, page.next.as_ref()));
        }
        all.extend(items);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

fn key() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec!["a", "b", "/", "/", "é", "\u{10FFFF}", "../", ".", " "]);
    prop::collection::vec(pieces, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn pages_together_are_the_whole_listing(
        keys in prop::collection::btree_set(key(), 0..40),
        prefix in prop_oneof![Just(String::new()), key()],
        delimiter in prop::sample::select(vec![None, Some("/"), Some("a"), Some("./")]),
        limit in 1_usize..8,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let found = runtime.block_on(async {
            let store = filled(&keys).await;
            listed(&store, &Query { bucket: "b", prefix: &prefix, delimiter, after: None, limit }).await
        });
        prop_assert_eq!(found, expected(&keys, &prefix, delimiter));
    }
}
