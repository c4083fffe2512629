//! Any session, listed in any way, against the model; and listings while events come and go.

use std::collections::BTreeSet;

use ids::BranchName;
use memory::events::{BranchFilter, EventFilter, MetadataTest, SessionKey};
use memory::model::Event;
use proptest::prelude::*;

use super::model::Model;
use super::{at, branch, metadata, said};
use crate::world::{Server, World, session};

const BRANCHES: [&str; 3] = ["b", "c", "d"];
const VALUES: [&str; 2] = ["x", "y"];

/// Something that happens to a session. Numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Act {
    Write { after: i64, on: Option<usize>, root: usize, metadata: Option<usize> },
    Remove(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let write =
        (-3..10_i64, proptest::option::of(0..BRANCHES.len()), 0..64_usize, proptest::option::of(0..2_usize))
            .prop_map(|(after, on, root, metadata)| Act::Write { after, on, root, metadata });
    prop_oneof![5 => write, 1 => (0..64_usize).prop_map(Act::Remove)]
}

fn filter() -> impl Strategy<Value = EventFilter> {
    let branch = (0..BRANCHES.len(), any::<bool>()).prop_map(|(index, with_parents)| BranchFilter {
        name: BranchName::parse(BRANCHES[index]).unwrap(),
        with_parents,
    });
    let test = (0..4_usize).prop_map(|index| match index {
        0 | 1 => MetadataTest::Equals("k".to_owned(), VALUES[index].to_owned()),
        2 => MetadataTest::Exists("k".to_owned()),
        _ => MetadataTest::Absent("k".to_owned()),
    });
    (proptest::option::of(branch), proptest::collection::vec(test, 0..2))
        .prop_map(|(branch, metadata)| EventFilter { branch, metadata })
}

/// Does it to the session and to the model.
async fn perform(server: &Server<'_>, key: &SessionKey, model: &mut Model, act: &Act) {
    match act {
        Act::Remove(index) if !model.events.is_empty() => {
            let event = model.remove(index % model.events.len());
            server.delete_event(key, &event.id).await.unwrap();
        }
        Act::Remove(_) => {}
        Act::Write { after, on, root, metadata: value } => {
            let mut new = said(key, &model.events.len().to_string());
            new.timestamp = Some(at(*after));
            new.metadata = value.map(|index| metadata(&[("k", VALUES[index])])).unwrap_or_default();
            if let Some(name) = on.map(|index| BRANCHES[index]) {
                let begun = model.has_branch(name);
                let root = model.events.get(root % model.events.len().max(1)).filter(|_| !begun);
                new.branch = Some(branch(name, root.map(|event| &event.id)));
            }
            model.add(server.write(key, new).await);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_listing_is_what_the_model_says(
        acts in proptest::collection::vec(act(), 0..40),
        filters in proptest::collection::vec((filter(), 1..8_usize), 1..6),
    ) {
        let world = World::new();
        world.live(async |server| {
            let key = session(&server.memory(|_| {}).await, "a", "s");
            let mut model = Model::default();
            for act in &acts {
                perform(server, &key, &mut model, act).await;
            }
            for (filter, size) in &filters {
                assert_eq!(server.all(&key, filter, *size).await, model.list(filter), "{filter:?} by {size}");
            }
        });
    }

    #[test]
    fn a_listing_stays_right_while_events_come_and_go(
        before in proptest::collection::vec(act(), 1..30),
        between in proptest::collection::vec(proptest::collection::vec(act(), 0..4), 1..12),
        filter in filter(),
        size in 1..5_usize,
    ) {
        let world = World::new();
        world.live(async |server| {
            let key = session(&server.memory(|_| {}).await, "a", "s");
            let mut model = Model::default();
            for act in &before {
                perform(server, &key, &mut model, act).await;
            }
            let at_first = ids(&model.list(&filter));
            let (mut told, mut after, mut between) = (Vec::new(), None, between.iter());
            loop {
                let page = server.list_events(&key, &filter, after.as_deref(), size, true).await.unwrap();
                told.extend(page.events);
                let Some(next) = page.next else { break };
                after = Some(next);
                for act in between.next().into_iter().flatten() {
                    perform(server, &key, &mut model, act).await;
                }
            }
            let in_order = told.windows(2).all(|pair| pair[0].id > pair[1].id);
            assert!(in_order, "each is told once, the newest first");
            let (told, at_last) = (ids(&told), ids(&model.list(&filter)));
            let stayed: BTreeSet<_> = at_first.intersection(&at_last).collect();
            let missed: Vec<_> = stayed.into_iter().filter(|id| !told.contains(*id)).collect();
            assert_eq!(missed, Vec::<&String>::new(), "what was there all the time is told");
        });
    }
}

fn ids(events: &[Event]) -> BTreeSet<String> {
    events.iter().map(|event| event.id.to_string()).collect()
}
