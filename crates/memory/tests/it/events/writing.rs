//! What was written is there, as it was written.

use fault::{Kind, ValidationReason};
use futures_util::future::join_all;
use memory::events::{EventFilter, SessionKey};
use memory::model::Payload;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{at, message, metadata, reason, said, session_id, text, token};
use crate::world::{World, session};

#[test]
fn what_was_written_is_read_at_once_and_after_a_restart() {
    let world = World::new();
    let (key, written) = world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "user/7", "s1");
        let mut new = said(&key, "hello");
        new.metadata = metadata(&[("topic", "greeting")]);
        new.timestamp = Some(at(-5_000));
        let written = server.write(&key, new).await;
        assert_eq!(server.get_event(&key, &written.id).await.unwrap(), written);
        assert_eq!(server.all(&key, &EventFilter::default(), 9).await, std::slice::from_ref(&written));
        assert_eq!(written.timestamp, at(-5_000));
        assert_eq!(written.metadata, metadata(&[("topic", "greeting")]));
        (key, written)
    });
    world.live(async |server| {
        assert_eq!(server.get_event(&key, &written.id).await.unwrap(), written);
    });
}

#[test]
fn any_document_survives_as_it_is() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let text = r#"{"z":1,"a":[0.1,1e300,-0.0,9007199254740993,18446744073709551615,-9223372036854775808,5e-324],
            "ü\u0000\ud83d\ude00":null,"":{"nested":[[],{},"",true]},"2.2250738585072014e-308":2.2250738585072014e-308}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let mut new = said(&key, "-");
        new.payload = vec![Payload::Blob(value.clone()), Payload::Json(value.clone()), Payload::Blob(json!("text"))];
        let id = server.write(&key, new).await.id;
        let read = server.get_event(&key, &id).await.unwrap().payload;
        let [Payload::Blob(blob), Payload::Json(document), Payload::Blob(last)] = read.as_slice() else {
            panic!("{read:?}")
        };
        assert_eq!((blob.to_string(), document.to_string()), (value.to_string(), value.to_string()));
        assert_eq!(last, &json!("text"));
    });
}

/// Any document that JSON can hold.
fn document() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<f64>()
            .prop_filter("JSON has no other numbers", |number| number.is_finite())
            .prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<u64>().prop_map(|it| json!(it)),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        ".*".prop_map(Value::String)
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            proptest::collection::vec((".*", inner), 0..6)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_json_can_hold_survives_to_the_last_digit(document in document()) {
        let world = World::new();
        world.live(async |server| {
            let key = session(&server.memory(|_| {}).await, "a", "s");
            let mut new = said(&key, "-");
            new.payload = vec![Payload::Blob(document.clone())];
            let id = server.write(&key, new).await.id;
            let read = server.get_event(&key, &id).await.unwrap().payload;
            let [Payload::Blob(read)] = read.as_slice() else { panic!("{read:?}") };
            assert_eq!(read.to_string(), document.to_string());
        });
    }
}

#[test]
fn an_event_without_session_begins_one() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "unused");
        let mut new = said(&key, "hello");
        new.session = None;
        new.timestamp = None;
        let event = server.write(&key, new).await;
        assert_eq!(event.timestamp, at(0));
        let begun = SessionKey { session: event.session.clone(), ..key };
        assert_eq!(server.said_in(&begun, &EventFilter::default()).await, ["hello"]);
        assert_eq!(server.actor_sessions(&begun, true).await, [event.session.as_str()]);
    });
}

#[test]
fn a_client_token_counts_once() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let create = async |fingerprint: &str| {
            let mut new = said(&key, "once");
            new.session = None;
            new.timestamp = None;
            server.create_event(&key.account, &key.memory, new, Some(token("t", fingerprint))).await
        };
        let first = create("same").await.unwrap();
        server.pass(std::time::Duration::from_secs(7)).await;
        assert_eq!(create("same").await.unwrap(), first);
        assert_eq!(reason(create("other").await), ValidationReason::IdempotentParameterMismatch);
        let begun = SessionKey { session: first.session.clone(), ..key.clone() };
        assert_eq!(server.all(&begun, &EventFilter::default(), 9).await, [first]);
        assert_eq!(world.rows("memory-events").await.len(), 1);
    });
}

#[test]
fn many_at_once_in_a_new_session_are_all_there() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let writing = (0..50).map(|number| server.write(&key, said(&key, &number.to_string())));
        let mut written = join_all(writing).await;
        written.sort_by(|one, other| other.id.cmp(&one.id));
        assert_eq!(server.all(&key, &EventFilter::default(), 7).await, written);
        assert_eq!(server.actor_sessions(&key, true).await, ["s"]);
    });
}

#[test]
fn what_is_long_is_kept_beside_the_rows_for_as_long_as_its_event() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let mut new = said(&key, "-");
        new.payload = vec![Payload::Blob(json!("x".repeat(9_000_000))), message("short")];
        let event = server.write(&key, new.clone()).await;
        assert_eq!(server.get_event(&key, &event.id).await.unwrap().payload, new.payload);
        assert!(world.rows("memory-events").await[0].value.len() < 1_000);
        // A page holds no more than ten megabytes, and at least one event.
        let other = server.write(&key, new).await;
        let page = server.list_events(&key, &EventFilter::default(), None, 9, true).await.unwrap();
        assert_eq!((page.events.len(), page.next.is_some()), (1, true));
        let page = server.list_events(&key, &EventFilter::default(), None, 9, false).await.unwrap();
        assert_eq!(page.events.len(), 2);
        assert_eq!(world.rows("blob-claims").await.len(), 2);
        for id in [&event.id, &other.id] {
            server.delete_event(&key, id).await.unwrap();
        }
        assert_eq!(world.rows("blob-claims").await, []);
    });
}

#[test]
fn what_is_removed_is_gone() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let (one, two) =
            (server.write(&key, said(&key, "one")).await, server.write(&key, said(&key, "two")).await);
        server.delete_event(&key, &one.id).await.unwrap();
        assert_eq!(server.said_in(&key, &EventFilter::default()).await, ["two"]);
        for result in
            [server.get_event(&key, &one.id).await.map(drop), server.delete_event(&key, &one.id).await]
        {
            assert_eq!(*result.unwrap_err().kind(), Kind::NotFound);
        }
        assert_eq!(text(&server.get_event(&key, &two.id).await.unwrap()), "two");
    });
}

#[test]
fn an_event_of_another_session_is_told_as_such() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let event = server.write(&key, said(&key, "one")).await;
        let other = SessionKey { session: session_id("other"), ..key.clone() };
        assert_eq!(reason(server.get_event(&other, &event.id).await), ValidationReason::EventInOtherSession);
        assert_eq!(
            reason(server.delete_event(&other, &event.id).await),
            ValidationReason::EventInOtherSession
        );
        let unknown = ids::EventId::parse("0001790000000000000#0000000000000001").unwrap();
        assert_eq!(*server.get_event(&other, &unknown).await.unwrap_err().kind(), Kind::NotFound);
    });
}
