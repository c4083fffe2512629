//! Listing by place.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ids::MemoryRecordId;
use memory::records::{Place, RecordQuery, RecordRemoval, RecordUpdate};
use proptest::prelude::*;

use super::batches::update;
use super::{Remembering, account, at, below, namespace, record, texts};
use crate::world::World;

#[test]
fn newest_first_in_each_place() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        for number in 0..3 {
            server.write(&memory, vec![record("/a", &format!("a{number}"))]).await;
            server.write(&memory, vec![record("/a/b", &format!("b{number}"))]).await;
            server.pass(Duration::from_secs(1)).await;
        }
        assert_eq!(texts(&server.all(&memory, &at("/a"), 2).await), ["a2", "a1", "a0"]);
        assert_eq!(texts(&server.all(&memory, &below("/a"), 2).await), ["a2", "a1", "a0", "b2", "b1", "b0"]);
    });
}

#[test]
fn of_one_strategy_or_of_none() {
    World::new().live(async |server| {
        let mut new = super::filterable();
        new.strategies.push(crate::resources::facts("facts"));
        let memory = server.create_memory(new).await.unwrap();
        let strategy = memory.strategies[0].id.to_string();
        let mut of_strategy = record("/a", "of a strategy");
        of_strategy.strategy = Some(strategy.clone());
        server.write(&memory.id, vec![of_strategy, record("/a", "of none")]).await;
        let of = |strategy: &str| RecordQuery { strategy: Some(strategy.to_owned()), ..at("/a") };
        assert_eq!(texts(&server.all(&memory.id, &of(&strategy), 9).await), ["of a strategy"]);
        assert_eq!(texts(&server.all(&memory.id, &of("none"), 9).await), ["of none"]);
        assert!(server.all(&memory.id, &of("facts-0000000000"), 9).await.is_empty());
        assert_eq!(server.all(&memory.id, &at("/a"), 9).await.len(), 2);
    });
}

fn any_place() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/a-b", "/a*", "/*", "a", "a/b", "/a//b", "/a0", "/b",
        "/a:b",
    ])
    .prop_map(str::to_owned)
}

/// What is in a place, said once more: the parts of the one begin the parts of the other.
fn is_in(place: &str, query: &Place) -> bool {
    match query {
        Place::At(namespace) => place == namespace.as_str(),
        Place::Below(path) => {
            let path = path.as_str().trim_end_matches('/');
            path.is_empty()
                || place.split('/').count() >= path.split('/').count()
                    && place.split('/').zip(path.split('/')).all(|(part, other)| part == other)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn places_are_what_a_simple_model_says(
        places in prop::collection::vec(any_place(), 0..14),
        asked in any_place(),
        exactly in any::<bool>(),
        size in 1_usize..5,
    ) {
        let place = if exactly { Place::At(namespace(&asked)) } else { Place::Below(namespace(&asked)) };
        let query = RecordQuery { place: place.clone(), strategy: None, conditions: Vec::new() };
        let listed = World::new().live(async |server| {
            let memory = server.filterable().await;
            let records = places.iter().enumerate().map(|(at, place)| record(place, &format!("{at}")));
            server.write(&memory, records.collect()).await;
            let mut listed: Vec<String> =
                texts(&server.all(&memory, &query, size).await).into_iter().map(str::to_owned).collect();
            listed.sort_by_key(|text| text.parse::<usize>().unwrap());
            let mut found: Vec<String> =
                super::found(&server.find(&memory, "0 1 2 3 4 5 6 7 8 9 10 11 12 13", query.clone()).await)
                    .into_iter().map(str::to_owned).collect();
            found.sort_by_key(|text| text.parse::<usize>().unwrap());
            assert_eq!(listed, found);
            listed
        });
        let expected = places.iter().enumerate().filter(|(_, one)| is_in(one, &place));
        let expected: Vec<String> = expected.map(|(at, _)| at.to_string()).collect();
        prop_assert_eq!(listed, expected);
    }

    /// While pages are read, records come, go and move. Whoever was there all the time is seen once; nobody is seen twice.
    #[test]
    fn pages_stay_right_while_records_come_and_go(
        size in 1_usize..4,
        steps in prop::collection::vec((0_u8..3, any::<prop::sample::Index>()), 0..20),
    ) {
        World::new().live(async |server| {
            let memory = server.filterable().await;
            let mut there: BTreeMap<MemoryRecordId, bool> = BTreeMap::new();
            for number in 0..10 {
                let place = ["/a", "/a/b"][number % 2];
                let ids = server.write(&memory, vec![record(place, &format!("{number}"))]).await;
                there.insert(ids[0].clone(), true);
                server.pass(Duration::from_millis(1)).await;
            }
            let (mut seen, mut after, mut steps) = (Vec::new(), None, steps.into_iter());
            loop {
                let page = server
                    .list_records(&account(), &memory, &below("/a"), after.as_deref(), size)
                    .await
                    .unwrap();
                seen.extend(page.records.into_iter().map(|record| record.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
                let Some((step, which)) = steps.next() else { continue };
                let ids: Vec<MemoryRecordId> = there.keys().cloned().collect();
                let id = ids[which.index(ids.len())].clone();
                match step {
                    0 => {
                        server.write(&memory, vec![record("/a", "new")]).await;
                    }
                    1 => {
                        let removal = [RecordRemoval { id: id.clone(), namespace: None }];
                        server.delete_records(&account(), &memory, &removal).await.unwrap();
                        there.insert(id, false);
                    }
                    _ => {
                        let update = [RecordUpdate { text: Some("changed".to_owned()), ..update(&id) }];
                        server.update_records(&account(), &memory, &update, None).await.unwrap();
                    }
                }
            }
            let once: BTreeSet<_> = seen.iter().collect();
            assert_eq!(once.len(), seen.len(), "seen twice");
            for (id, stayed) in &there {
                assert!(!stayed || once.contains(id), "not seen");
            }
        });
    }
}
