//! Suspending and resuming while something else happens, in every order.

use fault::Kind;
use futures_util::future::join;

use crate::checkpoints::name;
use crate::world::{World, kind, spec, turns};

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
