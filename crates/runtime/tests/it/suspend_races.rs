//! Suspending and resuming while something else happens, in the order that hurts.

use std::time::Duration;

use fault::Kind;
use futures_util::future::join;
use runtime::sessions::{SessionKey, SessionState};
use sandbox_sim::{SimFailure, SimOptions, Step};
use stdx::{Clock, Timestamp};

use crate::checkpoints::name;
use crate::world::{QUIET, Server, World, calm, kind, living, spec, until};

const SECOND: Duration = Duration::from_secs(1);

/// A machine on which suspending and resuming take a second each.
fn slow() -> World {
    let takes = SimOptions { suspend_takes: SECOND, resume_takes: SECOND, ..SimOptions::default() };
    World::drowsy_with(takes)
}

async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
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
fn a_request_and_a_suspension_in_every_order() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        let mut count = 1;
        for (early, late) in (0..60).map(|turns| (turns, 0)).chain((0..60).map(|turns| (0, turns))) {
            let suspend = async {
                turns(early).await;
                server.suspend_session(&session).await.map(|_| ())
            };
            let request = async {
                turns(late).await;
                server.count(&session).await
            };
            let (suspended, answered) = join(suspend, request).await;
            count += 1;
            assert_eq!(answered.unwrap(), count, "after {early} and {late} turns");
            assert!(suspended.is_ok() || kind(suspended) == Kind::Conflict);
            let asleep = world.host.snapshots().len();
            assert_eq!(world.host.running().len() + asleep, 1, "it is in one place");
        }
    });
}

#[test]
fn a_stop_and_a_suspension_in_every_order() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        for (early, late) in (0..50).map(|turns| (turns, 0)).chain((0..50).map(|turns| (0, turns))) {
            let suspend = async {
                turns(early).await;
                server.suspend_session(&session).await.map(|_| ())
            };
            let stop = async {
                turns(late).await;
                server.stop_session(&session, None).await
            };
            let (_, stopped) = join(suspend, stop).await;
            stopped.unwrap();
            assert_eq!((world.host.running(), world.host.snapshots()), (vec![], vec![]));
            assert_eq!((server.live_sessions(), server.suspended_sessions()), (0, 0));
            assert_eq!(server.count(&session).await.unwrap(), 1);
        }
    });
}

#[test]
fn a_stop_and_a_resumption_in_every_order() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        for (early, late) in (0..50).map(|turns| (turns, 0)).chain((0..50).map(|turns| (0, turns))) {
            server.suspend_session(&session).await.unwrap();
            let request = async {
                turns(early).await;
                server.count(&session).await
            };
            let stop = async {
                turns(late).await;
                server.stop_session(&session, None).await
            };
            let (answered, stopped) = join(request, stop).await;
            stopped.unwrap();
            if let Err(fault) = answered {
                assert_eq!(*fault.kind(), Kind::RetryableConflict, "{fault}");
            }
            assert_eq!(world.host.snapshots(), []);
            server.stop_session(&session, None).await.unwrap();
            assert_eq!(world.host.running(), []);
            assert_eq!(server.count(&session).await.unwrap(), 1, "it never goes on after its end");
        }
    });
}

#[test]
fn a_rewind_and_a_request_in_every_order() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        server.create_checkpoint(&session, name("one")).await.unwrap();
        for (early, late) in (0..150).map(|turns| (turns, 0)).chain((0..50).map(|turns| (0, turns))) {
            server.count(&session).await.unwrap();
            let request = async {
                turns(early).await;
                server.count(&session).await
            };
            let name = name("one");
            let rewind = async {
                turns(late).await;
                server.rewind_session(&session, &name).await
            };
            let (answered, rewound) = join(request, rewind).await;
            rewound.unwrap();
            // The last one before the rewind, or the first one after it.
            let count = server.count(&session).await.unwrap();
            match answered {
                Ok(answered) => assert!([2, 3].contains(&count) && answered <= 3, "{answered}, {count}"),
                Err(fault) => assert!(*fault.kind() == Kind::RetryableConflict && count == 2, "{fault}"),
            }
            server.rewind_session(&session, &name).await.unwrap();
            assert_eq!((world.host.running(), world.host.snapshots().len()), (vec![], 2));
        }
    });
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
    world.live(async |_| assert_eq!(world.host.snapshots(), []));
}

#[test]
fn a_server_that_is_killed_between_any_two_steps_of_a_suspension() {
    for turns_before_the_end in 0..40 {
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
    for turns_before_the_end in 0..40 {
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
