//! Finding events by what was said.

use std::time::Duration;

use ids::MemoryId;
use memory::events::{EventQuery, SessionKey};
use search::Mode;
use stdx::Clock;

use super::{actor, said, session_id, text};
use crate::world::{Server, World, calm, session};

impl Server<'_> {
    /// What is found of a memory, after the second that this may take.
    async fn found(&self, memory: &MemoryId, query: EventQuery) -> Vec<String> {
        self.pass(Duration::from_secs(1)).await;
        let found = self.search_events(&session(memory, "a", "s").account, memory, query).await.unwrap();
        assert_eq!(found.mode, Mode::Lexical);
        found.hits.iter().map(|hit| text(&hit.event)).collect()
    }
}

fn about(text: &str) -> EventQuery {
    EventQuery { actor: None, session: None, text: text.to_owned(), limit: 10 }
}

#[test]
fn what_was_said_is_found_within_a_second_and_what_is_gone_is_not() {
    let world = World::new();
    let memory = world.live(async |server| {
        let memory = server.memory(|_| {}).await;
        let (one, two) = (session(&memory, "a", "s"), session(&memory, "a/b", "s"));
        let event = server.write(&one, said(&one, "I like green tea")).await;
        server.write(&two, said(&two, "Tea is not for me")).await;
        server.write(&two, said(&two, "Coffee is")).await;
        assert_eq!(server.found(&memory, about("tea")).await.len(), 2);
        assert_eq!(server.found(&memory, about("coffee")).await, ["Coffee is"]);
        let mine = EventQuery { actor: Some(actor("a")), ..about("tea") };
        assert_eq!(server.found(&memory, mine).await, ["I like green tea"]);
        let there = EventQuery { actor: Some(actor("a/b")), session: Some(session_id("s")), ..about("tea") };
        assert_eq!(server.found(&memory, there).await, ["Tea is not for me"]);
        server.delete_event(&one, &event.id).await.unwrap();
        assert_eq!(server.found(&memory, about("tea")).await, ["Tea is not for me"]);
        assert_eq!(world.rows("memory-events-unwanted").await, []);
        memory
    });
    world.live(async |server| {
        assert_eq!(server.found(&memory, about("tea")).await, ["Tea is not for me"]);
    });
}

#[test]
fn what_is_written_slowly_is_found_although_others_went_ahead_of_it() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        server.write(&key, said(&key, "a first thing")).await;
        assert_eq!(server.found(&key.memory, about("thing")).await.len(), 1);
        let release = world.store.hold_next_commit();
        let slow = server.write(&key, said(&key, "a slow thing"));
        let others = async {
            calm().await;
            server.write(&key, said(&key, "a quick thing")).await;
            server.pass(Duration::from_secs(1)).await;
            release.send(()).unwrap();
        };
        futures_util::future::join(slow, others).await;
        assert_eq!(server.found(&key.memory, about("thing")).await.len(), 3);
    });
}

#[test]
fn a_search_does_not_wait_for_the_index_to_rest() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        // More than the index takes at once.
        for number in 0..2_100 {
            server.write(&key, said(&key, &format!("thing {number}"))).await;
        }
        // A second later, but nobody who sleeps wakes.
        world.clock.set(world.clock.now().plus(Duration::from_secs(1)));
        let found = server.search_events(&key.account, &key.memory, about("2099")).await.unwrap();
        assert_eq!(found.hits.iter().map(|hit| text(&hit.event)).collect::<Vec<_>>(), ["thing 2099"]);
    });
}

#[test]
fn a_search_goes_on_while_the_index_cannot_be_written_to() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        server.write(&key, said(&key, "a first thing")).await;
        assert_eq!(server.found(&key.memory, about("thing")).await, ["a first thing"]);
        world.index.fill_up(true);
        server.write(&key, said(&key, "a second thing")).await;
        assert_eq!(server.found(&key.memory, about("thing")).await, ["a first thing"]);
        world.index.fill_up(false);
        server.pass(Duration::from_secs(10)).await;
        assert_eq!(server.found(&key.memory, about("thing")).await.len(), 2);
    });
}

#[test]
fn an_index_that_is_lost_is_written_anew() {
    let world = World::new();
    let written = world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        server.write(&key, said(&key, "one thing")).await;
        server.write(&key, said(&key, "another thing")).await;
        assert_eq!(server.found(&key.memory, about("thing")).await.len(), 2);
        server.reindex_events(&key.account, &key.memory).await.unwrap();
        assert_eq!(server.found(&key.memory, about("thing")).await.len(), 2);
        key
    });
    world.live(async |server| {
        assert_eq!(server.found(&written.memory, about("another")).await, ["another thing"]);
    });
}

#[test]
fn what_is_asked_keeps_to_its_limits() {
    let world = World::new();
    world.live(async |server| {
        let SessionKey { account, memory, .. } = session(&server.memory(|_| {}).await, "a", "s");
        for query in [
            about(""),
            about(&"x".repeat(10_001)),
            EventQuery { limit: 0, ..about("x") },
            EventQuery { limit: 101, ..about("x") },
            EventQuery { session: Some(session_id("s")), ..about("x") },
        ] {
            super::reason(server.search_events(&account, &memory, query).await);
        }
    });
}
