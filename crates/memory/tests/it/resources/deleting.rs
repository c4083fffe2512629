//! Removing memories with everything in them.

use std::collections::BTreeMap;
use std::time::Duration;

use fault::Kind;
use ids::ActorId;
use memory::events::NewEvent;
use memory::model::{MemoryStatus, Payload, Role};
use memory::records::RecordUpdate;
use search::SearchIndex;

use crate::records::{Remembering, account, below, record, texts, update};
use crate::world::{Server, World};

/// Every space in which something of a memory may be.
const SPACES: &[&str] = &[
    "memories",
    "memory-names",
    "memory-deletions",
    "memory-tags",
    "memory-records",
    "memory-record-places",
    "memory-record-uses",
    "memory-unindexed",
    "memory-unembedded",
    "memory-index-generations",
    "memory-index-rebuilds",
    "memory-events",
    "memory-event-journal",
    "memory-sessions",
    "memory-branches",
    "memory-event-cursors",
    "memory-events-unwanted",
    "memory-pending",
    "memory-extraction-cursors",
    "memory-extraction-jobs",
    "memory-extraction-wanted",
    "memory-summaries",
    "memory-open-episodes",
];

/// A memory with something of everything.
async fn full(server: &Server<'_>) -> ids::MemoryId {
    let mut new = crate::records::filterable();
    new.tags.insert("team".to_owned(), "blue".to_owned());
    let id = server.create_memory(new).await.unwrap().id;
    let records = (0..60).map(|number| record("/a/b", &format!("text number {number}"))).collect();
    server.write(&id, records).await;
    let said = Payload::Conversational { role: Role::User, text: "hello".to_owned() };
    let event = NewEvent {
        actor: ActorId::parse("actor").unwrap(),
        session: None,
        timestamp: None,
        payload: vec![said],
        branch: None,
        metadata: BTreeMap::new(),
        extract: true,
        variables: BTreeMap::new(),
    };
    server.create_event(&account(), &id, event, None).await.unwrap();
    server.find(&id, "text", below("/")).await;
    id
}

async fn nothing_is_left(world: &World) {
    for space in SPACES {
        let rows = world.rows(space).await;
        assert!(rows.is_empty(), "{space}: {:?}", rows.first().map(|row| row.key.to_string()));
    }
    assert!(world.index.collections().await.unwrap().is_empty());
}

async fn gone(server: &Server<'_>) {
    for _ in 0..50 {
        server.pass(Duration::from_secs(1)).await;
        if server.world.rows("memory-deletions").await.is_empty() {
            server.pass(Duration::from_secs(1)).await;
            return;
        }
    }
    panic!("it is still there");
}

#[test]
fn everything_goes_with_a_memory() {
    let world = World::new();
    world.live(async |server| {
        let id = full(server).await;
        server.delete_memory(&account(), &id, None, None).await.unwrap();
        gone(server).await;
        nothing_is_left(&world).await;
        let unknown = server.get_memory(&account(), &id).await.unwrap_err();
        assert_eq!(*unknown.kind(), Kind::NotFound);
        server.create_memory(crate::records::filterable()).await.unwrap();
    });
}

#[test]
fn what_was_under_way_when_a_memory_went_is_not_written() {
    let world = World::new();
    world.live(async |server| {
        let (account, id) = (account(), full(server).await);
        let record = server.all(&id, &below("/"), 1).await.remove(0).id;
        let change = [RecordUpdate { text: Some("late".to_owned()), ..update(&record) }];
        let held = world.store.hold_next("memory-records");
        let late = server.update_records(&account, &id, &change, None);
        let going = async {
            let release = held.reached().await;
            server.delete_memory(&account, &id, None, None).await.unwrap();
            gone(server).await;
            release.send(()).unwrap();
        };
        let (refused, ()) = tokio::join!(late, going);
        assert_eq!(*refused.unwrap_err().kind(), Kind::NotFound);
        nothing_is_left(&world).await;
    });
}

#[test]
fn nothing_is_accepted_while_it_goes() {
    let world = World::new();
    world.live(async |server| {
        let id = full(server).await;
        server.delete_memory(&account(), &id, None, None).await.unwrap();
        let late = vec![record("/a", "late")];
        let refused = server.create_records(&account(), &id, late, None, None).await.unwrap_err();
        assert_eq!(*refused.kind(), Kind::NotFound);
        let going = server.get_memory(&account(), &id).await.unwrap();
        assert_eq!(going.status, MemoryStatus::Deleting);
        server.delete_memory(&account(), &id, None, None).await.unwrap();
        let refused = server.update_memory(super::changing::nothing(&id)).await.unwrap_err();
        assert_eq!(*refused.kind(), Kind::Conflict);
    });
}

#[test]
fn a_server_killed_anywhere_goes_on_removing() {
    for steps in (0..400).step_by(7) {
        let world = World::new();
        let id = world.live(async |server| full(server).await);
        world.live_until_killed(async |server| {
            let dead = world.store.die_after(steps);
            let removal = async {
                server.delete_memory(&account(), &id, None, None).await.unwrap();
                gone(server).await;
            };
            tokio::select! {
                _ = dead => {}
                () = removal => {}
            }
        });
        world.live(async |server| {
            if let Ok(there) = server.get_memory(&account(), &id).await
                && there.status != MemoryStatus::Deleting
            {
                // It was killed before the wish was written: nothing may be missing.
                assert_eq!(texts(&server.all(&id, &below("/"), 100).await).len(), 60);
                server.delete_memory(&account(), &id, None, None).await.unwrap();
            }
            gone(server).await;
            nothing_is_left(&world).await;
        });
    }
}
