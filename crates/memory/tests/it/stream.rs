//! What a memory's stream is told.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ids::{MemoryId, MemoryRecordId};
use memory::memories::{MemoryChanges, NewMemory};
use memory::model::{StreamDelivery, StreamLevel};
use memory::records::RecordRemoval;
use serde_json::Value;

use crate::records::{Remembering, account, record, text, update, with};
use crate::resources::{new_memory, nothing};
use crate::world::{KNOWN, Server, World, calm};

const UNKNOWN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/other";

fn streamed(to: &str, level: StreamLevel) -> NewMemory {
    NewMemory { stream: Some(StreamDelivery { stream_arn: to.to_owned(), level }), ..new_memory("notes") }
}

/// What was told, each without its wrapping.
fn told(world: &World) -> Vec<Value> {
    world.receiver.told().into_iter().map(|mut event| event["memoryStreamEvent"].take()).collect()
}

/// What was told, by the kind of the event and what it is about.
fn kinds(world: &World) -> Vec<(String, String)> {
    let word = |event: &Value, member: &str| event[member].as_str().unwrap_or_default().to_owned();
    told(world).iter().map(|event| (word(event, "eventType"), word(event, "memoryRecordId"))).collect()
}

async fn remove(server: &Server<'_>, memory: &MemoryId, id: &MemoryRecordId) {
    let removal = RecordRemoval { id: id.clone(), namespace: None };
    server.delete_record(&account(), memory, removal).await.unwrap();
}

#[test]
fn each_change_is_told_as_it_is_documented() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.create_memory(streamed(KNOWN, StreamLevel::FullContent)).await.unwrap().id;
        let id = server
            .write(&memory, vec![with(record("/a", "Ann likes tea."), "topic", text("tea"))])
            .await
            .remove(0);
        calm().await;
        let [enabled, created] = &told(&world)[..] else { panic!("not both were told") };
        assert_eq!(enabled["eventType"], "StreamingEnabled");
        assert_eq!(enabled["memoryId"], memory.as_str());
        assert!(enabled["message"].is_string());
        assert_eq!(created["eventType"], "MemoryRecordCreated");
        assert_eq!(created["eventTime"], "2026-09-21T14:13:20Z");
        assert_eq!(created["memoryRecordId"], id.as_str());
        assert_eq!(created["namespaces"], serde_json::json!(["/a"]));
        assert_eq!(created["createdAt"], 1_790_000_000_000_i64);
        assert_eq!(created["metadata"]["topic"]["stringValue"], "tea");
        assert_eq!(created["memoryRecordText"], "Ann likes tea.");
        remove(server, &memory, &id).await;
        calm().await;
        let [removed] = &told(&world)[..] else { panic!("the removal was not told") };
        assert_eq!(removed["eventType"], "MemoryRecordDeleted");
        let members: BTreeSet<&str> = removed.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, BTreeSet::from(["eventType", "eventTime", "memoryId", "memoryRecordId"]));
        assert_eq!(server.world.rows("memory-outbox").await, []);
    });
}

#[test]
fn texts_are_told_only_to_who_wants_them() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.create_memory(streamed(KNOWN, StreamLevel::MetadataOnly)).await.unwrap().id;
        server.write(&memory, vec![record("/a", "Ann likes tea.")]).await;
        calm().await;
        let created = told(&world).remove(1);
        assert_eq!(created["eventType"], "MemoryRecordCreated");
        assert_eq!(created.get("memoryRecordText"), None);
    });
}

#[test]
fn a_receiver_that_fails_for_a_while_gets_everything_in_order() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.create_memory(streamed(KNOWN, StreamLevel::FullContent)).await.unwrap().id;
        calm().await;
        world.receiver.told();
        world.receiver.is_out_of_order(true);
        let id = server.write(&memory, vec![record("/a", "One.")]).await.remove(0);
        server.update_records(&account(), &memory, &[update(&id)], None).await.unwrap();
        remove(server, &memory, &id).await;
        server.pass(Duration::from_secs(30)).await;
        assert_eq!(told(&world), Vec::<Value>::new());
        let [waiting] = &server.undelivered(&account(), &memory).await.unwrap()[..] else {
            panic!("none waits")
        };
        assert_eq!((waiting.waiting, waiting.reason.as_deref()), (3, Some("it is out of order")));
        world.receiver.is_out_of_order(false);
        server.pass(Duration::from_mins(5)).await;
        let id = id.to_string();
        let expected = ["MemoryRecordCreated", "MemoryRecordUpdated", "MemoryRecordDeleted"];
        assert_eq!(kinds(&world), expected.map(|kind| (kind.to_owned(), id.clone())));
        assert_eq!(server.undelivered(&account(), &memory).await.unwrap(), []);
        let [told, failed, misconfigured] = world.counts.streamed();
        assert_eq!((told, misconfigured), (4, 0), "with the stream's beginning");
        assert!(failed >= 2, "each attempt that failed: {failed}");
    });
}

#[test]
fn notices_wait_for_a_server_that_knows_where_they_go() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.create_memory(streamed(UNKNOWN, StreamLevel::FullContent)).await.unwrap().id;
        server.write(&memory, vec![record("/a", "One.")]).await;
        server.pass(Duration::from_hours(1)).await;
        let [waiting] = &server.undelivered(&account(), &memory).await.unwrap()[..] else {
            panic!("none waits")
        };
        assert_eq!((waiting.to.as_str(), waiting.waiting), (UNKNOWN, 2));
        assert_eq!(world.counts.streamed(), [0, 0, 2], "each once, however long it waits");
        assert!(waiting.reason.as_ref().unwrap().contains("does not say"));
        let stream = Some(StreamDelivery { stream_arn: KNOWN.to_owned(), level: StreamLevel::FullContent });
        let changes = MemoryChanges { stream: Some(stream), ..nothing(&memory) };
        server.update_memory(changes).await.unwrap();
        calm().await;
        assert_eq!(
            kinds(&world),
            [("StreamingEnabled".to_owned(), String::new())],
            "what waits waits for its own"
        );
        server.days(8).await;
        assert_eq!(server.undelivered(&account(), &memory).await.unwrap(), [], "given up after a week");
    });
}

#[test]
fn nothing_is_lost_and_nothing_overtakes_wherever_a_server_is_killed() {
    let mut steps = 0;
    loop {
        let world = World::new();
        let memory = world.live(async |server| {
            let memory = server.create_memory(streamed(KNOWN, StreamLevel::FullContent)).await.unwrap().id;
            calm().await;
            memory
        });
        world.receiver.told();
        let (acknowledged, finished) = world.live_until_killed(async |server| {
            let died = world.store.die_after(steps);
            let mut acknowledged = Vec::new();
            let story = async {
                for number in 0..2 {
                    let ids = server.write(&memory, vec![record("/a", &format!("Number {number}."))]).await;
                    acknowledged.push(("MemoryRecordCreated", ids[0].clone()));
                    remove(server, &memory, &ids[0]).await;
                    acknowledged.push(("MemoryRecordDeleted", ids[0].clone()));
                }
                calm().await;
            };
            let finished = tokio::select! {
                biased;
                _ = died => false,
                () = story => true,
            };
            (acknowledged, finished)
        });
        world.live(async |_| calm().await);
        let mut first_told: BTreeMap<(String, String), usize> = BTreeMap::new();
        for (at, event) in kinds(&world).into_iter().enumerate() {
            first_told.entry(event).or_insert(at);
        }
        let at = |kind: &str, id: &MemoryRecordId| first_told.get(&(kind.to_owned(), id.to_string()));
        for (kind, id) in &acknowledged {
            assert!(at(kind, id).is_some(), "after {steps} steps: {kind} {id} is lost");
            let removed = at("MemoryRecordDeleted", id);
            assert!(removed.is_none_or(|removed| at("MemoryRecordCreated", id) < Some(removed)));
        }
        if finished {
            assert!(steps > 20, "the story takes some steps: {steps}");
            return;
        }
        steps += 1;
    }
}
