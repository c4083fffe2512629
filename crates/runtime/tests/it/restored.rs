//! The hook by which an agent makes anew what copies of a machine must not share.

use fault::Kind;
use runtime::AgentSpec;

use crate::checkpoints::name;
use crate::world::{World, calm, kind, spec, until};

fn hooked(path: &str) -> AgentSpec {
    let mut spec = spec("probe");
    spec.environment.insert("FREEHOLD_AFTER_RESTORE".to_owned(), path.to_owned());
    spec
}

#[test]
fn it_is_told_before_anybody_is_let_in() {
    let world = World::new();
    world.live(async |server| {
        let session = server.one_session(hooked("/restored")).await;
        assert_eq!(world.probe.restored(), ["start"]);
        server.create_checkpoint(&session, name("one")).await.unwrap();
        server.count(&session).await.unwrap();
        assert_eq!(world.probe.restored(), ["start", "resume"]);
        let fork = server.session_of(&session.runtime, 2);
        server.fork_session(&session, &name("one"), fork.id.clone()).await.unwrap();
        server.count(&fork).await.unwrap();
        assert_eq!(world.probe.restored(), ["start", "resume", "fork"]);
        server.suspend_session(&fork).await.unwrap();
        server.count(&fork).await.unwrap();
        assert_eq!(world.probe.restored(), ["start", "resume", "fork", "resume"]);
    });
}

#[test]
fn who_does_not_ask_is_not_told() {
    let world = World::new();
    world.live(async |server| {
        let session = server.one_session(spec("probe")).await;
        server.suspend_session(&session).await.unwrap();
        server.count(&session).await.unwrap();
        assert_eq!(world.probe.restored(), Vec::<String>::new());
    });
}

#[test]
fn a_hook_that_fails_ends_the_session() {
    let world = World::new();
    world.live(async |server| {
        server.upload("probe").await;
        let agent = server.create_from(hooked("/refuse")).await;
        let session = server.session_of(&agent.arn.runtime, 1);
        let refused = server.refusal(&session, "{}").await;
        assert_eq!(*refused.kind(), Kind::RuntimeClient);
        let message = refused.message();
        assert!(
            message.contains("503: no model today") && message.ends_with("upstream said no"),
            "{message}"
        );
        server.quiet().await;
        assert_eq!(world.host.running(), []);
        assert!(server.end_of(&session).await.contains("503"));
    });
}

#[test]
fn a_hook_that_fails_at_the_resumption_ends_the_session_too() {
    let world = World::new();
    world.live(async |server| {
        let session = server.one_session(hooked("/restored")).await;
        server.suspend_session(&session).await.unwrap();
        world.probe.refuse_restored();
        assert_eq!(*server.refusal(&session, "{}").await.kind(), Kind::RuntimeClient);
        server.quiet().await;
        assert_eq!((world.host.running(), world.host.snapshots()), (vec![], vec![]));
        assert!(server.end_of(&session).await.contains("FREEHOLD_AFTER_RESTORE"));
    });
}

#[test]
fn a_hook_that_does_not_answer_is_not_waited_for() {
    let world = World::new();
    world.live(async |server| {
        server.upload("probe").await;
        let agent = server.create_from(hooked("/hang")).await;
        let session = server.session_of(&agent.arn.runtime, 1);
        let time = async {
            until("it is told", async || (world.host.running().len() == 1).then_some(())).await;
            calm().await;
            world.clock.advance(std::time::Duration::from_secs(30));
        };
        let (refused, ()) = futures_util::future::join(server.count(&session), time).await;
        assert_eq!(kind(refused), Kind::RuntimeClient);
        assert_eq!(world.host.running(), []);
    });
}
