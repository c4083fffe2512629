//! Sessions: when they begin, how long they live, and what ends them.

use std::time::Duration;

use fault::Kind;
use futures_util::future::join_all;
use runtime::sessions::SessionKey;
use runtime::{AgentSpec, Lifecycle};
use sandbox_sim::SimOptions;

use crate::world::{Server, World, calm, kind, spec, until};

/// Lets `seconds` pass for idle sessions and waits until they have been asked how they are.
async fn pass(world: &World, seconds: u64) {
    calm().await;
    let before = world.probe.pings();
    world.clock.advance(Duration::from_secs(seconds));
    until("the ping is answered", async || (world.probe.pings() > before).then_some(())).await;
    calm().await;
}

fn living(idle: u64, lifetime: u64) -> AgentSpec {
    AgentSpec { lifecycle: Lifecycle::from_seconds(Some(idle), Some(lifetime)).unwrap(), ..spec("probe") }
}

async fn one_session(server: &Server<'_>, spec: AgentSpec) -> SessionKey {
    server.upload("probe").await;
    let agent = server.create_from(spec).await;
    let session = server.session_of(&agent.arn.runtime, 1);
    assert_eq!(server.count(&session).await.unwrap(), 1);
    session
}

#[test]
fn an_idle_session_ends_after_900_seconds() {
    let world = World::new();
    world.live(async |server| {
        let session = one_session(server, spec("probe")).await;
        pass(&world, 880).await;
        assert_eq!(server.count(&session).await.unwrap(), 2, "a request begins the time anew");
        pass(&world, 899).await;
        assert_eq!(server.live_sessions(), 1);
        world.clock.advance(Duration::from_secs(1));
        server.quiet().await;
        assert_eq!(world.host.running(), []);
        assert_eq!(server.count(&session).await.unwrap(), 1, "its id stands for a new one");
    });
}

#[test]
fn a_busy_session_lives_until_its_lifetime_and_no_longer() {
    let world = World::new();
    world.probe.answer_pings(r#"{"status":"HealthyBusy","time_of_last_update":1}"#);
    world.live(async |server| {
        let session = one_session(server, living(60, 600)).await;
        for _ in 0..5 {
            pass(&world, 100).await;
        }
        assert_eq!(server.count(&session).await.unwrap(), 2);
        world.clock.advance(Duration::from_secs(100));
        server.quiet().await;
    });
}

#[test]
fn a_lifetime_cuts_a_request() {
    let world = World::new();
    world.live(async |server| {
        let session = one_session(server, living(60, 600)).await;
        let mut reply = server.say(&session, "stream").await.unwrap();
        reply.body.next().await.unwrap().unwrap();
        world.clock.advance(Duration::from_secs(600));
        reply.body.next().await.unwrap().unwrap_err();
        server.quiet().await;
    });
}

#[test]
fn a_session_that_is_ill_ends() {
    let world = World::new();
    world.live(async |server| {
        let session = one_session(server, spec("probe")).await;
        world.probe.answer_pings(r#"{"status":"Unwell"}"#);
        pass(&world, 15).await;
        until("a second ping fails", async || {
            world.clock.advance(Duration::from_secs(1));
            (server.live_sessions() == 0).then_some(())
        })
        .await;
        world.probe.answer_pings(r#"{"status":"Healthy"}"#);
        assert_eq!(server.count(&session).await.unwrap(), 1);
    });
}

#[test]
fn stopping_ends_it_at_once() {
    let world = World::new();
    world.live(async |server| {
        let session = one_session(server, spec("probe")).await;
        server.stop_session(&session, None).await.unwrap();
        assert_eq!((server.live_sessions(), world.host.running()), (0, vec![]));
        server.stop_session(&session, None).await.unwrap();
        let never_was = server.session_of(&session.runtime, 2);
        assert_eq!(kind(server.stop_session(&never_was, None).await), Kind::NotFound);
        assert_eq!(server.count(&session).await.unwrap(), 1);
    });
}

#[test]
fn first_requests_at_the_same_time_open_one_session() {
    let mut world = World::new();
    world.threads = 4;
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        let mut counts: Vec<_> =
            join_all((0..20).map(|_| server.count(&session))).await.into_iter().map(Result::unwrap).collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=20).collect::<Vec<_>>());
        assert_eq!(world.host.running().len(), 1);
    });
}

#[test]
fn there_are_so_many_sessions_at_most() {
    let mut world = World::new();
    world.options.max_sessions = 2;
    world.live(async |server| {
        let id = server.create("probe").await;
        let sessions: Vec<_> = (0..3).map(|number| server.session_of(&id, number)).collect();
        for session in &sessions[..2] {
            server.count(session).await.unwrap();
        }
        assert_eq!(kind(server.count(&sessions[2]).await), Kind::QuotaExceeded);
        assert_eq!(server.count(&sessions[0]).await.unwrap(), 2, "those that live go on");
        server.stop_session(&sessions[0], None).await.unwrap();
        server.count(&sessions[2]).await.unwrap();
    });
}

#[test]
fn rates_are_limited() {
    let mut world = World::new();
    (world.options.requests_per_second, world.options.new_sessions_per_second) = (5, 2);
    world.live(async |server| {
        let id = server.create("probe").await;
        let sessions: Vec<_> = (0..3).map(|number| server.session_of(&id, number)).collect();
        for session in &sessions[..2] {
            server.count(session).await.unwrap();
        }
        let refused = server.refusal(&sessions[2], "{}").await;
        assert_eq!(*refused.kind(), Kind::Throttled);
        assert!(refused.message().contains("2 new sessions a second"), "{refused}");
        for _ in 0..2 {
            server.count(&sessions[0]).await.unwrap();
        }
        let refused = server.refusal(&sessions[0], "{}").await;
        assert!(refused.message().contains("5 requests a second"), "{refused}");
        world.clock.advance(Duration::from_secs(1));
        server.count(&sessions[2]).await.unwrap();
    });
}

#[test]
fn a_session_that_is_being_stopped_takes_no_request() {
    let start_takes = Duration::from_secs(5);
    let world = World::with(SimOptions { start_takes, ..SimOptions::default() });
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        calm().await;
        let asleep = world.clock.sleepers();
        let stop = async {
            until("it starts", async || (world.clock.sleepers() > asleep).then_some(())).await;
            server.stop_session(&session, None).await.unwrap();
        };
        let requests = async {
            let first = server.refusal(&session, "{}").await;
            let second = server.refusal(&session, "{}").await;
            world.clock.advance(start_takes);
            [first, second]
        };
        let (refused, ()) = futures_util::future::join(requests, stop).await;
        assert_eq!(
            refused.map(|fault| fault.kind().clone()),
            [Kind::RetryableConflict, Kind::RetryableConflict]
        );
        assert_eq!((server.live_sessions(), world.host.running()), (0, vec![]));
    });
}

#[test]
fn ended_sessions_are_forgotten_in_the_end() {
    let world = World::new();
    world.live(async |server| {
        let session = one_session(server, spec("probe")).await;
        server.stop_session(&session, None).await.unwrap();
        until("its record is gone", async || {
            world.clock.advance(Duration::from_secs(24 * 3600));
            server.stop_session(&session, None).await.is_err().then_some(())
        })
        .await;
    });
}
