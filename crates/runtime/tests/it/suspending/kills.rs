//! Machines and servers that die or fail in the middle of it.

use std::time::Duration;

use fault::Kind;
use futures_util::future::join;
use runtime::sessions::{SessionKey, SessionState};
use sandbox_sim::{SimFailure, SimOptions, Step};

use crate::world::{QUIET, Server, World, calm, kind, spec, turns, until};

const SECOND: Duration = Duration::from_secs(1);

/// A machine on which suspending and resuming take a second each.
fn slow() -> World {
    let takes = SimOptions { suspend_takes: SECOND, resume_takes: SECOND, ..SimOptions::default() };
    World::drowsy_with(takes)
}

/// Waits until the session is in the middle of a suspension.
async fn suspending(world: &World, server: &Server<'_>, session: &SessionKey) {
    calm().await;
    world.clock.advance(QUIET);
    until("it is being suspended", async || {
        (server.state(session).await == SessionState::Suspending).then_some(())
    })
    .await;
    calm().await;
}

/// Waits until the session is suspended on a machine that takes a second for it.
async fn rest_slowly(world: &World, server: &Server<'_>, session: &SessionKey) {
    suspending(world, server, session).await;
    world.clock.advance(SECOND);
    server.asleep(session).await;
}

#[test]
fn a_machine_that_dies_while_it_is_suspended_ends_the_session() {
    let world = slow();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        suspending(&world, server, &session).await;
        assert!(world.host.kill(&world.host.running()[0], "its process was killed"));
        assert!(server.end_of(&session).await.contains("its process was killed"));
        world.clock.advance(SECOND);
        server.quiet().await;
        assert_eq!((world.host.snapshots(), world.books.open()), (vec![], Vec::<String>::new()));
        let (count, ()) = join(server.count(&session), async { calm().await }).await;
        assert_eq!(count.unwrap(), 1);
    });
}

#[test]
fn a_machine_that_dies_once_it_is_resumed_ends_the_session() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        server.suspend_session(&session).await.unwrap();
        server.resume_session(&session).await.unwrap();
        assert!(world.host.kill(&world.host.running()[0], "its process was killed"));
        assert!(server.end_of(&session).await.contains("its process was killed"));
        assert_eq!(world.host.snapshots(), []);
    });
}

#[test]
fn an_orderly_end_in_the_middle_of_a_suspension_keeps_the_session() {
    let world = slow();
    let mut known = None;
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        suspending(&world, server, &session).await;
        let time = async {
            calm().await;
            world.clock.advance(SECOND);
        };
        join(server.shut_down(), time).await;
        known = Some(session);
    });
    world.live(async |server| {
        let session = known.as_ref().unwrap();
        let time = async {
            calm().await;
            world.clock.advance(SECOND);
        };
        assert_eq!(join(server.count(session), time).await.0.unwrap(), 2);
    });
}

#[test]
fn an_orderly_end_in_the_middle_of_a_resumption_keeps_the_session() {
    let world = slow();
    let mut known = None;
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        rest_slowly(&world, server, &session).await;
        let end = async {
            calm().await;
            let time = async {
                calm().await;
                world.clock.advance(SECOND);
            };
            join(server.shut_down(), time).await;
        };
        let (refused, ()) = join(server.count(&session), end).await;
        assert!([Kind::Unavailable, Kind::RetryableConflict].contains(&kind(refused)));
        known = Some(session);
    });
    assert_eq!((world.host.running(), world.host.snapshots().len()), (vec![], 1));
}

#[test]
fn a_record_that_cannot_be_written_loses_nothing() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        world.store.fill_up_once();
        assert!(server.suspend_session(&session).await.is_err());
        assert_eq!((world.host.running().len(), world.host.snapshots()), (1, vec![]));
        assert_eq!(world.books.open().len(), 1);
        assert_eq!(server.count(&session).await.unwrap(), 2, "it runs on, from its snapshot");
        server.suspend_session(&session).await.unwrap();
        world.store.fill_up_once();
        server.count(&session).await.unwrap_err();
        assert_eq!((world.host.running(), world.host.snapshots().len()), (vec![], 1));
        assert_eq!(server.count(&session).await.unwrap(), 3, "it is suspended still, and resumed now");
    });
}

#[test]
fn a_snapshot_that_cannot_be_removed_goes_with_the_next_start() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        server.suspend_session(&session).await.unwrap();
        world.host.fail_next(Step::DiscardSnapshot, SimFailure::EngineDies("busy".to_owned()));
        assert_eq!(server.count(&session).await.unwrap(), 2);
        assert_eq!(world.host.snapshots().len(), 1);
    });
    assert_eq!(world.host.snapshots().len(), 2, "the orderly end made another");
    world.live(async |_| assert_eq!(world.host.snapshots().len(), 1));
}

#[test]
fn a_server_that_is_killed_between_any_two_steps_of_a_suspension() {
    for turns_before_the_end in 0..80 {
        let world = World::drowsy();
        let mut known = None;
        world.live_until_killed(async |server| {
            let session = server.one_session(spec("probe")).await;
            tokio::select! {
                biased;
                _ = server.suspend_session(&session) => {}
                () = turns(turns_before_the_end) => {}
            }
            known = Some(session);
        });
        let session = known.unwrap();
        world.live(async |server| {
            let asleep = match server.state(&session).await {
                SessionState::Suspended { .. } => 1,
                SessionState::Ended { reason, .. } => {
                    assert_eq!(reason, "the server was restarted");
                    0
                }
                other => panic!("{other:?}"),
            };
            assert_eq!((world.host.running(), world.host.snapshots().len()), (vec![], asleep));
            assert_eq!(server.count(&session).await.unwrap(), 1 + asleep as u64);
        });
    }
}

#[test]
fn a_server_that_is_killed_between_any_two_steps_of_a_resumption() {
    for turns_before_the_end in 0..80 {
        let world = World::drowsy();
        let mut known = None;
        world.live_until_killed(async |server| {
            let session = server.one_session(spec("probe")).await;
            server.suspend_session(&session).await.unwrap();
            let mut answered = false;
            tokio::select! {
                biased;
                _ = server.count(&session) => answered = true,
                () = turns(turns_before_the_end) => {}
            }
            known = Some((session, answered));
        });
        let (session, answered) = known.unwrap();
        world.live(async |server| {
            let asleep = matches!(server.state(&session).await, SessionState::Suspended { .. });
            assert!(!(asleep && answered), "what was answered is not forgotten by going back");
            assert_eq!((world.host.running(), world.host.snapshots().len()), (vec![], usize::from(asleep)));
            assert_eq!(server.count(&session).await.unwrap(), if asleep { 2 } else { 1 });
        });
    }
}
