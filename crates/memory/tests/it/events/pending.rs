//! What is left to be learned from.

use ids::{Namespace, StrategyId, StrategyName};
use memory::model::{Definition, Payload, Steps, Strategy, StrategyKind, StrategyStatus};
use memory::namespaces::Template;
use serde_json::{Value, json};

use super::{metadata, said};
use crate::world::{BEGINNING, World, namespace_key, session};

fn learns(memory: &mut Definition) {
    let namespace = Namespace::parse("/facts").unwrap();
    memory.namespace_keys = vec![namespace_key("tenant", &[])];
    memory.strategies = vec![Strategy {
        id: StrategyId::parse("facts-0123456789").unwrap(),
        name: StrategyName::parse("facts").unwrap(),
        description: None,
        kind: StrategyKind::Semantic(Steps::default()),
        custom: false,
        namespace: serde_json::from_value::<Template>(json!(namespace.as_str())).unwrap(),
        schema: Vec::new(),
        record_expiry_days: None,
        status: StrategyStatus::Active,
        created_at: BEGINNING,
        updated_at: BEGINNING,
    }];
}

async fn pending(world: &World) -> Vec<Value> {
    let rows = world.rows("memory-pending").await;
    rows.iter().map(|row| serde_json::from_slice(&row.value).unwrap()).collect()
}

/// Killed after each write: nothing takes away what is pending before the test has seen it.
fn with_strategy(story: impl AsyncFnOnce(&crate::world::Server<'_>, memory::events::SessionKey)) {
    let world = World::new();
    world.live_until_killed(async |server| {
        let key = session(&server.memory(learns).await, "a", "s");
        story(server, key).await;
    });
}

#[test]
fn an_event_is_pending_in_a_memory_that_learns() {
    with_strategy(async |server, key| {
        let mut new = said(&key, "eight by");
        new.payload.push(Payload::Json(json!({"a": 1})));
        new.payload.push(Payload::Blob(json!("not learned from")));
        new.variables = metadata(&[("tenant", "acme")]);
        let event = server.write(&key, new).await;
        let expected = json!({
            "source": { "event": event.id.as_str() },
            "messages": 2,
            "tokens": 4,
            "at": BEGINNING.as_millis(),
            "variables": { "tenant": "acme" },
        });
        assert_eq!(pending(server.world).await, [expected]);
        server.delete_event(&key, &event.id).await.unwrap();
        assert_eq!(pending(server.world).await, Vec::<Value>::new());
    });
}

#[test]
fn what_is_not_to_be_learned_from_is_not_pending() {
    with_strategy(async |server, key| {
        let mut skipped = said(&key, "skipped");
        skipped.extract = false;
        let mut blob = said(&key, "-");
        blob.payload = vec![Payload::Blob(json!("secret"))];
        let mut empty = said(&key, "-");
        empty.payload = Vec::new();
        for new in [skipped, blob, empty] {
            server.write(&key, new).await;
        }
        assert_eq!(pending(server.world).await, Vec::<Value>::new());
    });
}

#[test]
fn a_memory_that_learns_nothing_has_nothing_pending() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        server.write(&key, said(&key, "hello")).await;
        assert_eq!(pending(&world).await, Vec::<Value>::new());
    });
}
