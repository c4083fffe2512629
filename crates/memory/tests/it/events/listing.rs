//! Who there is, and what they have.

use memory::events::{ActorPage, EventFilter, MetadataTest, SessionKey};

use super::{actor, at, metadata, said, session_id};
use crate::world::{World, session};

#[test]
fn actors_and_sessions_are_told_page_by_page() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.memory(|_| {}).await;
        let names = ["a", "a-b", "a/b", "a/b/c", "b:c"];
        for name in names {
            for number in 0..3 {
                let key = session(&memory, name, &format!("s{number}"));
                server.write(&key, said(&key, "hello")).await;
            }
        }
        let key = session(&memory, "a", "s0");
        let (mut actors, mut after) = (Vec::new(), None);
        loop {
            let page = server.list_actors(&key.account, &memory, after.as_deref(), 2).await.unwrap();
            let ActorPage { actors: some, next } = page;
            actors.extend(some);
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(actors, names.map(actor));
        let page =
            server.list_memory_sessions(&key.account, &memory, &key.actor, true, None, 2).await.unwrap();
        assert_eq!(page.sessions.len(), 2);
        let after = page.next.as_deref();
        let rest =
            server.list_memory_sessions(&key.account, &memory, &key.actor, true, after, 2).await.unwrap();
        let ids: Vec<_> =
            page.sessions.iter().chain(&rest.sessions).map(|view| view.session.as_str()).collect();
        assert_eq!((ids, rest.next), (vec!["s0", "s1", "s2"], None));
        assert!(rest.sessions.iter().all(|view| view.actor == key.actor && view.created_at == at(0)));
    });
}

#[test]
fn a_session_without_events_is_told_unless_only_those_with_events_are_wanted() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let event = server.write(&key, said(&key, "1")).await;
        let other = SessionKey { session: session_id("t"), ..key.clone() };
        server.write(&other, said(&other, "1")).await;
        server.delete_event(&key, &event.id).await.unwrap();
        assert_eq!(server.actor_sessions(&key, false).await, ["s", "t"]);
        assert_eq!(server.actor_sessions(&key, true).await, ["t"]);
    });
}

#[test]
fn all_conditions_on_metadata_hold_together() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        for (number, pairs) in
            [&[][..], &[("k", "1")], &[("k", "2")], &[("k", "1"), ("l", "")], &[("l", "x")]]
                .iter()
                .enumerate()
        {
            let mut new = said(&key, &number.to_string());
            new.metadata = metadata(pairs);
            server.write(&key, new).await;
        }
        let equals = |key: &str, value: &str| MetadataTest::Equals(key.to_owned(), value.to_owned());
        let exists = |key: &str| MetadataTest::Exists(key.to_owned());
        let absent = |key: &str| MetadataTest::Absent(key.to_owned());
        let cases: [(Vec<MetadataTest>, &[&str]); 7] = [
            (vec![], &["4", "3", "2", "1", "0"]),
            (vec![equals("k", "1")], &["3", "1"]),
            (vec![equals("k", "1"), absent("l")], &["1"]),
            (vec![exists("k"), exists("l")], &["3"]),
            (vec![absent("k"), absent("l")], &["0"]),
            (vec![equals("l", "")], &["3"]),
            (vec![equals("k", "1"), equals("k", "2")], &[]),
        ];
        for (metadata, expected) in cases {
            let filter = EventFilter { branch: None, metadata };
            assert_eq!(server.said_in(&key, &filter).await, expected, "{filter:?}");
        }
    });
}
