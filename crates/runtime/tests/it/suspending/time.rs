//! What suspended sessions cost, and when their time is over.

use std::time::Duration;

use runtime::sessions::SessionState;
use stdx::{Clock, Timestamp};

use crate::world::{World, calm, living, spec, until};

#[test]
fn a_clock_that_is_set_back_neither_ends_nor_spares_a_suspended_session() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(living(900, 28_800)).await;
        world.rest(server, &session).await;
        let now = world.clock.now();
        world.clock.set(Timestamp::from_millis(now.as_millis() - 24 * 3600 * 1000));
        world.clock.advance(Duration::from_secs(60));
        calm().await;
        assert!(matches!(server.state(&session).await, SessionState::Suspended { .. }));
        assert_eq!(server.count(&session).await.unwrap(), 2);
        world.rest(server, &session).await;
        world.clock.advance(Duration::from_secs(900));
        assert_eq!(server.end_of(&session).await, "it was idle for too long");
    });
}

#[test]
fn a_clock_that_jumps_ahead_ends_what_its_time_says() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(living(900, 28_800)).await;
        world.rest(server, &session).await;
        world.clock.set(world.clock.now().plus(Duration::from_secs(365 * 24 * 3600)));
        assert_eq!(server.count(&session).await.unwrap(), 1, "its time is over, although nobody has looked");
        assert_eq!(world.host.snapshots(), []);
    });
}

#[test]
fn two_thousand_suspended_sessions_need_no_task_each() {
    let world = World::drowsy();
    world.live(async |server| {
        let first = server.one_session(living(900, 28_800)).await;
        calm().await;
        server.suspend_session(&first).await.unwrap();
        let before = world.clock.sleepers();
        for number in 2..=2000 {
            let session = server.session_of(&first.runtime, number);
            server.count(&session).await.unwrap();
            server.suspend_session(&session).await.unwrap();
        }
        assert_eq!((server.live_sessions(), server.suspended_sessions()), (0, 2000));
        assert!(world.clock.sleepers() <= before + 1);
        for number in [2, 777, 2000] {
            assert_eq!(server.count(&server.session_of(&first.runtime, number)).await.unwrap(), 2);
        }
        world.clock.advance(Duration::from_secs(900));
        until("their time is over", async || (server.suspended_sessions() == 0).then_some(())).await;
        until("their snapshots are gone", async || (world.host.snapshots().len() <= 3).then_some(())).await;
    });
}

#[test]
fn each_life_of_a_session_is_billed_to_its_user() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        server.suspend_session(&session).await.unwrap();
        assert_eq!(world.books.open(), Vec::<String>::new(), "a suspended session costs nothing");
        server.count(&session).await.unwrap();
        let lives: Vec<_> = world.books.lives().into_iter().map(|life| life.metered).collect();
        assert_eq!(lives.len(), 2);
        for life in &lives {
            assert_eq!((life.user.as_deref(), life.session.as_str()), (Some("user-1"), session.id.as_str()));
        }
        assert_eq!(lives.iter().filter(|life| life.resumed).count(), 1);
        let view = server.runtime.session(&session).await.unwrap();
        assert_eq!(view.user.as_deref(), Some("user-1"));
    });
}
