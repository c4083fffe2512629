//! What fails, and how it shows.

use fault::Kind;
use runtime::Status;
use sandbox::TemplateName;
use sandbox_sim::{SimFailure, Step};

use crate::world::{World, kind, spec, until};

#[test]
fn an_agent_that_crashes_in_a_request() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        server.count(&session).await.unwrap();
        let refused = server.refusal(&session, "exit").await;
        assert_eq!(*refused.kind(), Kind::RuntimeClient);
        let message = refused.message();
        assert!(message.contains("exit code 3") && message.ends_with("Fatal: cannot go on"), "{message}");
        server.quiet().await;
        assert_eq!(server.count(&session).await.unwrap(), 1, "a new session has the id");
    });
}

#[test]
fn an_agent_that_dies_while_idle() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        server.count(&session).await.unwrap();
        assert!(world.host.kill(&world.host.running()[0], "its process was killed"));
        server.quiet().await;
        server.stop_session(&session, None).await.unwrap();
        assert_eq!(server.count(&session).await.unwrap(), 1);
    });
}

#[test]
fn a_sandbox_that_dies_under_a_stream() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        let mut reply = server.say(&session, "stream").await.unwrap();
        reply.body.next().await.unwrap().unwrap();
        world.host.kill(&world.host.running()[0], "its process was killed");
        reply.body.next().await.unwrap().unwrap_err();
        server.quiet().await;
        assert_eq!(world.probe.open_streams(), 0);
    });
}

#[test]
fn a_session_that_cannot_start_leaves_nothing() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let session = server.session_of(&id, 1);
        for (failure, expected) in [
            (SimFailure::DiskFull, Kind::Unavailable),
            (SimFailure::NotInstalled("install qemu-system-x86".to_owned()), Kind::Unavailable),
            (SimFailure::EngineDies("secret path".to_owned()), Kind::Internal),
        ] {
            world.host.fail_next(Step::Start, failure);
            let refused = server.refusal(&session, "{}").await;
            assert_eq!(*refused.kind(), expected);
            assert!(!refused.message().contains("secret"), "{refused}");
            server.quiet().await;
            assert_eq!(world.host.running(), []);
        }
        assert_eq!(server.count(&session).await.unwrap(), 1);
    });
}

#[test]
fn a_version_that_the_engine_cannot_build() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        for (step, failure, said) in [
            (Step::BuildLayer, SimFailure::DiskFull, "disk is full"),
            (Step::Prepare, SimFailure::NotInstalled("install QEMU".to_owned()), "install QEMU"),
            (Step::Prepare, SimFailure::EngineDies("signal 9".to_owned()), "the virtual machine died"),
        ] {
            world.host.fail_next(step, failure);
            // Another entry point, so that the known layer is not taken as it is.
            let mut next = spec("probe");
            next.artifact.entry_point.file = "./probe.py".to_owned();
            let update = runtime::agents::UpdateAgent {
                account: crate::world::account(),
                id: id.clone(),
                spec: next,
                token: None,
            };
            server.update_agent(update).await.unwrap();
            let agent = server.settled(&id).await;
            assert_eq!(agent.status, Status::UpdateFailed);
            assert!(agent.failure.as_ref().unwrap().contains(said), "{agent:?}");
        }
        assert_eq!(world.templates(), [format!("{id}.1")]);
        assert_eq!(server.update(&id, "probe").await.status, Status::Ready);
    });
}

#[test]
fn a_spoiled_template_is_made_again_once_for_all() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let template = TemplateName::parse(&format!("{id}.1")).unwrap();
        assert!(world.host.spoil_template(&template, "made by another version"));
        let sessions: Vec<_> = (0..5).map(|number| server.session_of(&id, number)).collect();
        let counts =
            futures_util::future::join_all(sessions.iter().map(|session| server.count(session))).await;
        assert!(counts.into_iter().all(|count| count.unwrap() == 1));
        assert_eq!(world.probe.starts(), 2, "booted for the version, and once more");
    });
}

#[test]
fn a_template_that_cannot_be_made_again() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let template = TemplateName::parse(&format!("{id}.1")).unwrap();
        world.host.spoil_template(&template, "made by another version");
        world.host.fail_next(Step::Prepare, SimFailure::DiskFull);
        let session = server.session_of(&id, 1);
        assert_eq!(kind(server.count(&session).await), Kind::RuntimeClient);
        server.quiet().await;
        assert_eq!(server.count(&session).await.unwrap(), 1, "the next one tries again");
    });
}

#[test]
fn one_agent_that_fails_holds_up_no_other() {
    let world = World::new();
    world.live(async |server| {
        let ids = [server.begin("crash").await, server.begin("hang").await, server.begin("probe").await];
        until("the last one is built", async || {
            world.clock.advance(std::time::Duration::from_secs(10));
            (server.get(&ids[2]).await.unwrap().status == Status::Ready).then_some(())
        })
        .await;
        assert_eq!(server.settled(&ids[0]).await.status, Status::CreateFailed);
        assert_eq!(server.settled(&ids[1]).await.status, Status::CreateFailed);
    });
}
