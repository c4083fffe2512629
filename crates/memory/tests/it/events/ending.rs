//! What ends by itself.

use std::time::Duration;

use fault::Kind;
use futures_util::future::join;
use memory::events::{EventFilter, SessionKey};

use super::{at, branch, said, session_id};
use crate::world::{World, calm, session};

const DAY: Duration = Duration::from_hours(24);

/// Waits until so many rows are left in a space.
async fn left(world: &World, space: &'static str, count: usize) {
    for _ in 0..1_000 {
        if world.rows(space).await.len() == count {
            return;
        }
        calm().await;
    }
    panic!("{} rows are left in {space}, not {count}", world.rows(space).await.len());
}

#[test]
fn an_event_is_not_told_once_its_time_is_over() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        // Its time is counted from when it came, not from when it happened.
        let mut new = said(&key, "old");
        new.timestamp = Some(at(-1_000_000_000_000));
        let event = server.write(&key, new).await;
        // The time is set, and so nobody wakes who would remove it.
        world.clock.set(at(i64::try_from((DAY * 7).as_millis()).unwrap() - 1));
        assert_eq!(server.said_in(&key, &EventFilter::default()).await, ["old"]);
        world.clock.set(at(i64::try_from((DAY * 7).as_millis()).unwrap()));
        assert_eq!(server.said_in(&key, &EventFilter::default()).await, Vec::<String>::new());
        for result in
            [server.get_event(&key, &event.id).await.map(drop), server.delete_event(&key, &event.id).await]
        {
            assert_eq!(*result.unwrap_err().kind(), Kind::NotFound);
        }
        assert_eq!(server.actor_sessions(&key, true).await, Vec::<String>::new());
        assert_eq!(server.actor_sessions(&key, false).await, ["s"]);
        assert_eq!(world.rows("memory-events").await.len(), 1);
        let mut new = said(&key, "x");
        new.branch = Some(branch("b", Some(&event.id)));
        let created = server.create_event(&key.account, &key.memory, new, None).await;
        assert_eq!(*created.unwrap_err().kind(), Kind::NotFound);
    });
}

#[test]
fn what_is_over_is_removed_and_a_day_later_its_session() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let other = SessionKey { session: session_id("t"), ..key.clone() };
        let first = server.write(&key, said(&key, "1")).await;
        for number in 0..250 {
            let mut new = said(&key, &number.to_string());
            new.branch = Some(branch("b", Some(&first.id)));
            server.write(&key, new).await;
        }
        server.days(6).await;
        server.write(&other, said(&other, "late")).await;
        server.days(1).await;
        left(&world, "memory-events", 1).await;
        left(&world, "memory-event-journal", 1).await;
        assert_eq!(server.actor_sessions(&key, false).await, ["s", "t"]);
        server.days(2).await;
        left(&world, "memory-sessions", 1).await;
        assert_eq!(server.actor_sessions(&key, false).await, ["t"]);
        server.days(8).await;
        for space in ["memory-events", "memory-event-journal", "memory-sessions", "memory-branches"] {
            left(&world, space, 0).await;
        }
        left(&world, "memory-sessions-emptied", 0).await;
        left(&world, "memory-events-unwanted", 0).await;
    });
}

#[test]
fn a_session_that_is_used_again_stays() {
    let world = World::new();
    world.live(async |server| {
        let key = session(&server.memory(|_| {}).await, "a", "s");
        let event = server.write(&key, said(&key, "1")).await;
        server.delete_event(&key, &event.id).await.unwrap();
        server.pass(DAY / 2).await;
        server.write(&key, said(&key, "2")).await;
        server.days(3).await;
        assert_eq!(server.actor_sessions(&key, true).await, ["s"]);
        assert_eq!(world.rows("memory-sessions-emptied").await, []);
    });
}

/// An event comes at every step of the removal of its session.
#[test]
fn no_event_is_ever_without_its_session() {
    for step in 0..120 {
        let world = World::new();
        world.live(async |server| {
            let key = session(&server.memory(|_| {}).await, "a", "s");
            let event = server.write(&key, said(&key, "1")).await;
            server.delete_event(&key, &event.id).await.unwrap();
            let removal = async {
                world.clock.advance(DAY + Duration::from_mins(10));
                calm().await;
            };
            let arrival = async {
                for _ in 0..step {
                    tokio::task::yield_now().await;
                }
                server.write(&key, said(&key, "2")).await
            };
            join(removal, arrival).await;
            server.days(1).await;
            assert_eq!(server.actor_sessions(&key, true).await, ["s"], "{step}");
            assert_eq!(server.said_in(&key, &EventFilter::default()).await, ["2"], "{step}");
        });
    }
}
