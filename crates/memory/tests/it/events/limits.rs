//! What an event may hold.

use fault::{Kind, Result};
use memory::events::NewEvent;
use memory::model::Event;
use memory::model::Payload;
use serde_json::json;

use super::{at, message, metadata, said};
use crate::world::{Server, World, namespace_key, session};

/// What is told of the members at fault.
fn faults(result: Result<Event>) -> Vec<String> {
    let fault = result.unwrap_err();
    let Kind::Validation { fields, .. } = fault.kind() else { panic!("{fault}") };
    fields.iter().map(|field| field.name.clone()).collect()
}

async fn create(server: &Server<'_>, change: impl FnOnce(&mut NewEvent)) -> Result<Event> {
    let memory = server
        .memory(|memory| memory.namespace_keys = vec![namespace_key("tenant", &["acme", "other"])])
        .await;
    let key = session(&memory, "a", "s");
    let mut new = said(&key, "hello");
    change(&mut new);
    server.create_event(&key.account, &memory, new, None).await
}

#[test]
fn what_is_too_much_is_refused_by_its_name() {
    let world = World::new();
    world.live(async |server| {
        type Change = fn(&mut NewEvent);
        let cases: [(Change, &[&str]); 7] = [
            (|new| new.payload = vec![message("x"); 101], &["payload"]),
            (
                |new| new.payload = vec![message("x"), message(&"x".repeat(100_001))],
                &["payload[1].conversational.content.text"],
            ),
            (|new| new.payload = vec![message("")], &["payload[0].conversational.content.text"]),
            (
                |new| new.payload = vec![Payload::Json(json!("x".repeat(100_000)))],
                &["payload[0].json.content"],
            ),
            (|new| new.payload = vec![Payload::Blob(json!("x".repeat(10 << 20)))], &["payload"]),
            (|new| new.timestamp = Some(stdx::Timestamp::from_millis(-1)), &["eventTimestamp"]),
            (
                |new| new.variables = metadata(&[("tenant", "nobody"), ("unknown", "x")]),
                &[
                    "extractionConfig.namespaceVariables.tenant",
                    "extractionConfig.namespaceVariables.unknown",
                ],
            ),
        ];
        for (change, names) in cases {
            assert_eq!(faults(create(server, change).await), names);
        }
        assert_eq!(world.rows("memory-events").await, []);
    });
}

#[test]
fn what_is_just_not_too_much_is_taken() {
    let world = World::new();
    world.live(async |server| {
        let cases: [fn(&mut NewEvent); 6] = [
            |new| new.payload = vec![message(&"x".repeat(100_000)); 100],
            |new| new.payload = vec![message(&"ä".repeat(100_000))],
            |new| new.payload = Vec::new(),
            |new| new.payload = vec![Payload::Json(json!("x".repeat(99_998)))],
            |new| new.timestamp = Some(at(1_000_000_000_000)),
            |new| new.variables = metadata(&[("tenant", "acme")]),
        ];
        for change in cases {
            create(server, change).await.unwrap();
        }
    });
}

#[test]
fn a_memory_that_is_not_there_takes_nothing() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&ids::MemoryId::parse("other-0123456789").unwrap(), "a", "s");
        let created = server.create_event(&key.account, &key.memory, said(&key, "x"), None).await;
        assert_eq!(*created.unwrap_err().kind(), Kind::NotFound);
        let listed = server.list_actors(&key.account, &key.memory, None, 9).await;
        assert_eq!(*listed.unwrap_err().kind(), Kind::NotFound);
    });
}
