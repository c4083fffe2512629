//! What a session was at one moment, kept under a name.

use std::time::Duration;

use fault::Kind;
use ids::{AgentRuntimeId, CheckpointName, RuntimeSessionId};
use runtime::sessions::{SessionKey, SessionState};
use sandbox_sim::{SimFailure, Step};

use crate::world::{Server, World, account, kind, living, spec, until};

pub(crate) fn name(text: &str) -> CheckpointName {
    CheckpointName::parse(text).unwrap()
}

async fn names(
    server: &Server<'_>,
    runtime: &AgentRuntimeId,
    session: Option<&RuntimeSessionId>,
) -> Vec<String> {
    let listed = server.list_checkpoints(&account(), runtime, session).await.unwrap();
    listed.into_iter().map(|checkpoint| checkpoint.name.to_string()).collect()
}

/// A session that has been used three times and was kept after the second.
async fn kept(server: &Server<'_>) -> SessionKey {
    let session = server.one_session(spec("probe")).await;
    server.count(&session).await.unwrap();
    server.create_checkpoint(&session, name("two")).await.unwrap();
    assert_eq!(server.count(&session).await.unwrap(), 3, "it goes on with its next request");
    session
}

#[test]
fn a_fork_goes_on_from_the_checkpoint_and_so_does_the_session_it_came_from() {
    let world = World::new();
    world.live(async |server| {
        let session = kept(server).await;
        let [one, two] = [2, 3].map(|number| server.session_of(&session.runtime, number));
        for fork in [&one, &two] {
            let view = server.fork_session(&session, &name("two"), fork.id.clone()).await.unwrap();
            assert!(matches!(view.state, SessionState::Suspended { .. }), "{view:?}");
        }
        assert_eq!(server.count(&one).await.unwrap(), 3);
        assert_eq!(server.count(&session).await.unwrap(), 4);
        assert_eq!(server.count(&two).await.unwrap(), 3);
        assert_eq!(server.count(&one).await.unwrap(), 4);
        let names: Vec<_> = world.probe.machines();
        assert_eq!(names.len(), 3, "three machines, each with a name and a boot of its own: {names:?}");
        let taken = server.fork_session(&session, &name("two"), one.id.clone()).await;
        assert_eq!(kind(taken), Kind::Conflict);
        server.stop_session(&one, None).await.unwrap();
        server.fork_session(&session, &name("two"), one.id.clone()).await.unwrap();
        assert_eq!(server.count(&one).await.unwrap(), 3);
        assert_eq!(world.probe.starts(), 1, "nothing was booted");
    });
}

#[test]
fn a_session_goes_back_to_its_checkpoint() {
    let world = World::new();
    world.live(async |server| {
        let session = kept(server).await;
        for _ in 0..2 {
            let view = server.rewind_session(&session, &name("two")).await.unwrap();
            assert!(matches!(view.state, SessionState::Suspended { .. }), "{view:?}");
            assert_eq!(server.live_sessions(), 0);
            assert_eq!(server.count(&session).await.unwrap(), 3);
        }
        assert_eq!(world.probe.machines().len(), 1, "it is the same machine all the time");
        server.suspend_session(&session).await.unwrap();
        server.rewind_session(&session, &name("two")).await.unwrap();
        assert_eq!(world.host.snapshots().len(), 2, "what was given up is gone");
        server.stop_session(&session, None).await.unwrap();
        server.rewind_session(&session, &name("two")).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 3, "even after its end");
    });
}

#[test]
fn a_fork_has_a_lifetime_of_its_own() {
    let world = World::drowsy();
    world.live(async |server| {
        let session = server.one_session(living(900, 1000)).await;
        server.create_checkpoint(&session, name("first")).await.unwrap();
        let session_ends = server.runtime.session(&session).await.unwrap().ends_at.unwrap();
        world.clock.advance(Duration::from_secs(800));
        let fork = server.session_of(&session.runtime, 2);
        let view = server.fork_session(&session, &name("first"), fork.id.clone()).await.unwrap();
        assert_eq!(view.ends_at.unwrap().since(session_ends), Duration::from_secs(800));
        assert_eq!(server.count(&session).await.unwrap(), 2);
        world.clock.advance(Duration::from_secs(200));
        assert_eq!(server.end_of(&session).await, "it reached its maximum lifetime");
        assert_eq!(server.count(&fork).await.unwrap(), 2);
    });
}

#[test]
fn what_is_refused() {
    let mut world = World::new();
    world.options.max_checkpoints = 2;
    world.live(async |server| {
        let session = kept(server).await;
        let never_was = server.session_of(&session.runtime, 9);
        assert_eq!(kind(server.create_checkpoint(&never_was, name("a")).await), Kind::NotFound);
        assert_eq!(kind(server.create_checkpoint(&session, name("two")).await), Kind::Conflict);
        server.create_checkpoint(&session, name("three")).await.unwrap();
        let full = server.create_checkpoint(&session, name("four")).await.unwrap_err();
        assert_eq!(*full.kind(), Kind::QuotaExceeded);
        assert!(full.message().contains("checkpoints-per-session"), "{full}");
        let absent = name("absent");
        assert_eq!(kind(server.rewind_session(&session, &absent).await), Kind::NotFound);
        assert_eq!(kind(server.delete_checkpoint(&session, &absent).await), Kind::NotFound);
        let fork = server.session_of(&session.runtime, 2).id;
        assert_eq!(kind(server.fork_session(&session, &absent, fork).await), Kind::NotFound);
        server.delete_checkpoint(&session, &name("three")).await.unwrap();
        assert_eq!(names(server, &session.runtime, None).await, ["two"]);
        let mut stream = server.say(&session, "stream").await.unwrap();
        stream.body.next().await.unwrap().unwrap();
        assert_eq!(kind(server.create_checkpoint(&session, name("busy")).await), Kind::Conflict);
        drop(stream);
        server.stop_session(&session, None).await.unwrap();
        assert_eq!(kind(server.create_checkpoint(&session, name("late")).await), Kind::Conflict);
        assert_eq!(world.host.snapshots().len(), 1);
    });
}

#[test]
fn a_copy_that_fails_leaves_everything_as_it_was() {
    let world = World::new();
    world.live(async |server| {
        let session = kept(server).await;
        let fork = server.session_of(&session.runtime, 2);
        for _ in 0..3 {
            world.host.fail_next(Step::CopySnapshot, SimFailure::DiskFull);
        }
        assert_eq!(kind(server.rewind_session(&session, &name("two")).await), Kind::Unavailable);
        assert_eq!(server.count(&session).await.unwrap(), 4, "it runs on");
        let forked = server.fork_session(&session, &name("two"), fork.id.clone()).await;
        assert_eq!(kind(forked), Kind::Unavailable);
        assert_eq!(kind(server.create_checkpoint(&session, name("more")).await), Kind::Unavailable);
        assert_eq!(names(server, &session.runtime, Some(&session.id)).await, ["two"]);
        assert_eq!(server.count(&session).await.unwrap(), 5);
        assert_eq!(world.host.snapshots().len(), 1);
    });
}

#[test]
fn checkpoints_outlive_the_server_and_a_copy_that_nobody_names_does_not() {
    let world = World::new();
    let mut known = None;
    world.live_until_killed(async |server| {
        let session = kept(server).await;
        let fork = server.session_of(&session.runtime, 2);
        // Killed between the copy and the record that names it: the second look at the runtime comes right before.
        let (two, held) = (name("two"), world.store.hold_next("agent-runtimes"));
        let kill = async {
            let release = held.reached().await;
            let held = world.store.hold_next("agent-runtimes");
            release.send(()).unwrap();
            held.reached().await
        };
        tokio::select! {
            biased;
            _ = server.fork_session(&session, &two, fork.id.clone()) => panic!("it was held back"),
            _ = kill => {}
        }
        assert_eq!(world.host.snapshots().len(), 2);
        known = Some((session, fork));
    });
    let (session, fork) = known.unwrap();
    world.live(async |server| {
        assert_eq!(world.host.snapshots().len(), 1);
        server.fork_session(&session, &name("two"), fork.id.clone()).await.unwrap();
        assert_eq!(server.count(&fork).await.unwrap(), 3);
        server.rewind_session(&session, &name("two")).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 3);
    });
}

#[test]
fn what_a_checkpoint_belongs_to_takes_it_along() {
    let world = World::new();
    world.live(async |server| {
        let session = kept(server).await;
        server.update(&session.runtime, "probe").await;
        let fork = server.session_of(&session.runtime, 2);
        server.fork_session(&session, &name("two"), fork.id.clone()).await.unwrap();
        assert_eq!(server.version(&fork).await.unwrap(), 1, "the version that the checkpoint was made with");
        let first = ids::AgentVersion::parse("1").unwrap();
        server.delete_version(&account(), &session.runtime, first, None).await.unwrap();
        assert_eq!((names(server, &session.runtime, None).await, world.host.snapshots()), (vec![], vec![]));
        let new = server.session_of(&session.runtime, 3);
        server.count(&new).await.unwrap();
        server.create_checkpoint(&new, name("one")).await.unwrap();
        server.delete(&session.runtime).await;
        until("its files are gone", async || world.host.layers().is_empty().then_some(())).await;
        until("its snapshots are gone", async || world.host.snapshots().is_empty().then_some(())).await;
        world.assert_empty().await;
    });
}

#[test]
fn a_session_with_checkpoints_is_not_forgotten() {
    let world = World::new();
    world.live(async |server| {
        let session = kept(server).await;
        server.stop_session(&session, None).await.unwrap();
        for _ in 0..20 {
            crate::world::calm().await;
            world.clock.advance(Duration::from_secs(24 * 3600));
        }
        server.rewind_session(&session, &name("two")).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 3);
    });
}
