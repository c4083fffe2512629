//! How often memories may be called, where AgentCore's quotas are to hold.

use std::time::Duration;

use fault::{Fault, Kind};
use ids::{AccountId, ActorId, MemoryId, MemorySessionId};
use memory::RequestRates;
use memory::events::{NewEvent, SessionKey};
use memory::model::{Event, Payload, Role};
use serde_json::json;

use crate::world::{Server, World};

fn said() -> Payload {
    Payload::Conversational { role: Role::User, text: "hello".to_owned() }
}

fn session(memory: &MemoryId, session: &str) -> SessionKey {
    SessionKey {
        account: AccountId::default(),
        memory: memory.clone(),
        actor: ActorId::parse("ann").unwrap(),
        session: MemorySessionId::parse(session).unwrap(),
    }
}

async fn write(server: &Server<'_>, key: &SessionKey, payload: Payload) -> Result<Event, Fault> {
    let new = NewEvent {
        actor: key.actor.clone(),
        session: Some(key.session.clone()),
        timestamp: None,
        payload: vec![payload],
        branch: None,
        metadata: Default::default(),
        extract: true,
        variables: Default::default(),
    };
    server.create_event(&key.account, &key.memory, new, None).await
}

#[track_caller]
fn assert_throttled<T: std::fmt::Debug>(outcome: Result<T, Fault>, says: &str) {
    let fault = outcome.unwrap_err();
    assert_eq!(*fault.kind(), Kind::Throttled);
    assert!(fault.to_string().contains(says), "{fault}");
}

#[test]
fn a_session_takes_so_many_events_a_second() {
    let mut world = World::new();
    world.options.request_rates = RequestRates::AgentCore;
    world.live(async |server| {
        let memory = server.memory(|_| {}).await;
        let (one, other) = (session(&memory, "one"), session(&memory, "other"));
        let mut events = Vec::new();
        for _ in 0..5 {
            events.push(write(server, &one, said()).await.unwrap());
        }
        assert_throttled(write(server, &one, said()).await, "at most 5 events with conversational payload");
        write(server, &other, said()).await.unwrap();
        for number in 0..10 {
            events.push(write(server, &one, Payload::Blob(json!(number))).await.unwrap());
        }
        assert_throttled(write(server, &one, Payload::Json(json!(1))).await, "at most 10 events without");
        for event in &events[..5] {
            server.delete_event(&one, &event.id).await.unwrap();
        }
        assert_throttled(server.delete_event(&one, &events[5].id).await, "at most 5 calls of DeleteEvent");
        world.clock.advance(Duration::from_millis(200));
        write(server, &one, said()).await.unwrap();
        server.delete_event(&one, &events[5].id).await.unwrap();
        assert_throttled(write(server, &one, said()).await, "Retry with a back-off");
    });
}

#[test]
fn an_account_makes_so_many_calls_of_an_operation_a_second() {
    let mut world = World::new();
    world.options.request_rates = RequestRates::AgentCore;
    world.live(async |server| {
        let (mine, strangers) = (AccountId::default(), AccountId::parse("111111111111").unwrap());
        for (operation, a_second) in
            [("CreateEvent", 200), ("RetrieveMemoryRecords", 30), ("CreateMemory", 3), ("IngestData", 20)]
        {
            for _ in 0..a_second {
                server.admit(&mine, operation).unwrap();
            }
            assert_throttled(server.admit(&mine, operation), &format!("{a_second} calls of {operation}"));
            server.admit(&strangers, operation).unwrap();
        }
        world.clock.advance(Duration::from_secs(1));
        server.admit(&mine, "CreateMemory").unwrap();
    });
}

#[test]
fn nothing_is_counted_unless_asked_for() {
    World::new().live(async |server| {
        let memory = server.memory(|_| {}).await;
        for _ in 0..50 {
            server.admit(&AccountId::default(), "CreateMemory").unwrap();
            write(server, &session(&memory, "one"), said()).await.unwrap();
        }
    });
}
