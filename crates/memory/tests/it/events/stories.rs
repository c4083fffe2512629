//! The server killed at any step: nothing that was acknowledged is lost, and what is sent again happens once.

use std::collections::BTreeMap;
use std::time::Duration;

use memory::events::{EventFilter, EventQuery, SessionKey};
use memory::model::Event;
use proptest::prelude::*;

use super::{at, said, text, token};
use crate::world::{Server, World, session};

/// Sends event number `number` of a writer; the same request each time.
async fn send(server: &Server<'_>, key: &SessionKey, writer: usize, number: usize) -> Event {
    let name = format!("w{writer}n{number}");
    let mut new = said(key, &name);
    new.timestamp = Some(at(i64::try_from(number).unwrap()));
    server.create_event(&key.account, &key.memory, new, Some(token(&name, &name))).await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_acknowledged_is_lost_and_nothing_happens_twice(
        steps in 0..400_usize,
        again in 0..400_usize,
        writers in 1..4_usize,
        each in 1..8_usize,
    ) {
        let world = World::new();
        let key = world.live(async |server| session(&server.memory(|_| {}).await, "a", "s"));
        let mut acknowledged = BTreeMap::new();
        for steps in [steps, again] {
            let got = std::sync::Mutex::new(Vec::new());
            world.live_until_killed(async |server| {
                let dead = world.store.die_after(steps);
                let writing = (0..writers).map(|writer| {
                    let (world, key, got) = (&world, &key, &got);
                    async move {
                        for number in 0..each {
                            let event = send(server, key, writer, number).await;
                            got.lock().unwrap().push(event);
                            world.clock.advance(Duration::from_millis(100));
                        }
                    }
                });
                tokio::select! {
                    _ = futures_util::future::join_all(writing) => {}
                    _ = dead => {}
                }
            });
            for event in got.into_inner().unwrap() {
                let first = acknowledged.insert(text(&event), event.clone());
                assert!(first.is_none_or(|first| first == event), "what is sent again is answered alike");
            }
        }
        world.live(async |server| {
            let there = server.all(&key, &EventFilter::default(), 3).await;
            let by_text: BTreeMap<String, Event> = there.iter().map(|event| (text(event), event.clone())).collect();
            assert_eq!(by_text.len(), there.len(), "nothing happened twice");
            for (name, event) in &acknowledged {
                assert_eq!(by_text.get(name), Some(event), "what was acknowledged is there");
            }
            // Everything that is there is found.
            server.pass(Duration::from_secs(1)).await;
            for name in by_text.keys() {
                let query = EventQuery { actor: None, session: None, text: name.clone(), limit: 1 };
                let found = server.search_events(&key.account, &key.memory, query).await.unwrap();
                assert_eq!(found.hits.iter().map(|hit| text(&hit.event)).collect::<Vec<String>>(), [name.as_str()]);
            }
        });
    }
}
