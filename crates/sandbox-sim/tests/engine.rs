//! What the simulator adds to the engine contract: time, failures on command, lives of the server.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

use std::sync::Arc;
use std::time::Duration;

use sandbox::{
    Ending, Engine, Exchange, Identity, Keep, LayerName, Limits, Program, Ready, Sandbox, SandboxError,
    SandboxId, SnapshotName, StorageName, TemplateName, TemplateSpec, Warmup,
};
use sandbox_sim::{SimEngine, SimFailure, SimHost, SimOptions, Step};
use stdx::{ByteStream, ManualClock, Timestamp};

struct World {
    clock: Arc<ManualClock>,
    host: Arc<SimHost>,
    engine: SimEngine,
}

fn world() -> World {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_000)));
    let host = SimHost::new(clock.clone(), SimOptions::default());
    let engine = SimEngine::new(Arc::clone(&host));
    World { clock, host, engine }
}

async fn spec(engine: &SimEngine, program: &str) -> TemplateSpec {
    let tree = tempfile::tempdir().unwrap();
    std::fs::write(tree.path().join("main.py"), "pass").unwrap();
    let code = engine.build_layer(LayerName::parse("code").unwrap(), tree.path().into()).await.unwrap();
    TemplateSpec {
        name: TemplateName::parse("template").unwrap(),
        base: "python3".to_owned(),
        code,
        code_mount: "/var/task".to_owned(),
        program: Program {
            arguments: vec!["python3.11".to_owned(), format!("/var/task/{program}.py")],
            environment: Vec::new(),
            working_directory: "/var/task".to_owned(),
        },
        ready: Ready { port: 8080, path: "/ping".to_owned(), within: Duration::from_secs(60) },
        warmup: None,
        storage: None,
        limits: Limits {
            vcpus: 1,
            memory_mib: 128,
            disk_mib: 64,
            processes: 64,
            wall_clock: Duration::from_secs(100),
        },
    }
}

fn identity(id: &str) -> Identity {
    Identity::new(SandboxId::parse(id).unwrap(), id)
}

fn invocation(body: &'static str) -> Exchange {
    Exchange {
        method: "POST".to_owned(),
        target: "/invocations".to_owned(),
        headers: Vec::new(),
        length: Some(body.len() as u64),
        body: ByteStream::once(body),
    }
}

#[tokio::test]
async fn state_is_kept_in_a_sandbox_and_apart_from_its_sibling() {
    let World { engine, .. } = world();
    let template = engine.prepare(spec(&engine, "main").await).await.unwrap().name;
    let one = engine.start(&template, identity("one")).await.unwrap();
    let two = engine.start(&template, identity("two")).await.unwrap();
    for (sandbox, answer) in [
        (&one, r#"{"count":1,"received":7}"#),
        (&one, r#"{"count":2,"received":7}"#),
        (&two, r#"{"count":1,"received":7}"#),
    ] {
        let reply = sandbox.exchange(invocation("7")).await.unwrap();
        assert_eq!(reply.body.collect(1000).await.unwrap(), answer);
    }
}

#[tokio::test]
async fn the_wall_clock_limit_ends_a_sandbox() {
    let World { engine, clock, host } = world();
    let template = engine.prepare(spec(&engine, "agent").await).await.unwrap().name;
    let sandbox = engine.start(&template, identity("one")).await.unwrap();
    clock.advance(Duration::from_secs(100));
    assert_eq!(sandbox.ended().await, Ending::TimedOut);
    assert!(host.running().is_empty());
    engine.shut_down().await;
}

#[tokio::test]
async fn a_program_that_hangs_is_not_ready_in_time() {
    let World { engine, clock, .. } = world();
    let spec = spec(&engine, "hang").await;
    let wait = async {
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(60));
    };
    let (outcome, ()) = tokio::join!(engine.prepare(spec), wait);
    assert!(matches!(outcome, Err(SandboxError::NotReady { log, .. }) if log[0].text == "agent is starting"));
}

#[tokio::test]
async fn a_crash_at_start_brings_its_last_lines() {
    let World { engine, .. } = world();
    let error = engine.prepare(spec(&engine, "crash").await).await.unwrap_err();
    let SandboxError::ProgramFailed { ending, log } = error else { panic!("{error}") };
    assert_eq!(ending, Ending::ProgramEnded { code: Some(1), signal: None });
    assert!(log.last().unwrap().text.starts_with("ModuleNotFoundError"));
}

#[tokio::test]
async fn ordered_failures_happen_once() {
    let World { engine, host, .. } = world();
    let spec = spec(&engine, "agent").await;
    host.fail_next(Step::Prepare, SimFailure::DiskFull);
    assert!(matches!(engine.prepare(spec.clone()).await, Err(SandboxError::DiskFull)));
    let template = engine.prepare(spec).await.unwrap().name;
    let sandbox = engine.start(&template, identity("one")).await.unwrap();
    let waiting = Exchange { method: "GET".to_owned(), target: "/hang".to_owned(), ..invocation("") };
    let (outcome, killed) =
        tokio::join!(sandbox.exchange(waiting), async { host.kill(sandbox.id(), "power") });
    assert!(killed);
    assert!(matches!(outcome, Err(SandboxError::Ended(Ending::Failed { reason })) if reason == "power"));
}

#[tokio::test]
async fn the_next_life_of_a_server_ends_what_the_last_one_left() {
    let World { engine, host, .. } = world();
    let template = engine.prepare(spec(&engine, "agent").await).await.unwrap().name;
    let sandbox = engine.start(&template, identity("one")).await.unwrap();
    host.orphan_all();
    drop((sandbox, engine));
    assert_eq!(host.running().len(), 1);
    let engine = SimEngine::new(Arc::clone(&host));
    let recovered =
        engine.recover(&Keep { templates: vec![template.clone()], ..Keep::default() }).await.unwrap();
    assert_eq!(recovered.ended, vec![SandboxId::parse("one").unwrap()]);
    assert_eq!((recovered.removed, recovered.templates), (1, vec![template]));
    assert!(host.running().is_empty());
}

fn named(name: &str) -> SnapshotName {
    SnapshotName::parse(name).unwrap()
}

async fn answer(sandbox: &dyn Sandbox) -> String {
    let reply = sandbox.exchange(invocation("7")).await.unwrap();
    String::from_utf8(reply.body.collect(1000).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_snapshot_outlives_the_server_and_can_be_resumed_more_than_once() {
    let World { engine, host, .. } = world();
    let template = engine.prepare(spec(&engine, "agent").await).await.unwrap().name;
    let sandbox = engine.start(&template, identity("one")).await.unwrap();
    answer(&*sandbox).await;
    let snapshot = sandbox.suspend(named("kept")).await.unwrap();
    assert_eq!((sandbox.ended().await, host.running()), (Ending::Suspended, vec![]));
    let copy = engine.copy_snapshot(&snapshot.name, named("copy")).await.unwrap();
    assert_eq!((copy.size, copy.name), (snapshot.size, named("copy")));
    drop((sandbox, engine));
    let engine = SimEngine::new(Arc::clone(&host));
    engine.recover(&Keep { snapshots: vec![named("kept")], ..Keep::default() }).await.unwrap();
    assert_eq!(host.snapshots(), [named("kept")]);
    for id in ["one", "two"] {
        let again = engine.resume(&named("kept"), identity(id)).await.unwrap();
        assert_eq!(answer(&*again).await, r#"{"count":2,"received":7}"#);
    }
    engine.discard_snapshot(&named("kept")).await.unwrap();
    let refused = engine.resume(&named("kept"), identity("three")).await.map(|_| ());
    assert!(matches!(refused, Err(SandboxError::NoSnapshot { .. })));
}

#[tokio::test]
async fn a_suspension_that_fails_leaves_the_sandbox_running_and_no_snapshot() {
    let World { engine, host, .. } = world();
    let template = engine.prepare(spec(&engine, "agent").await).await.unwrap().name;
    let sandbox = engine.start(&template, identity("one")).await.unwrap();
    host.fail_next(Step::Suspend, SimFailure::DiskFull);
    assert!(matches!(sandbox.suspend(named("kept")).await, Err(SandboxError::DiskFull)));
    assert_eq!(host.snapshots(), []);
    answer(&*sandbox).await;
    let busy = sandbox.exchange(invocation("7")).await.unwrap();
    assert!(matches!(sandbox.suspend(named("kept")).await, Err(SandboxError::Failed { .. })));
    drop(busy);
    sandbox.suspend(named("kept")).await.unwrap();
    host.spoil_snapshot(&named("kept"), "made by another version");
    let refused = engine.resume(&named("kept"), identity("one")).await.map(|_| ());
    assert!(matches!(refused, Err(SandboxError::NoSnapshot { reason, .. }) if reason.contains("another")));
}

#[tokio::test]
async fn an_image_of_a_storage_can_be_taken_to_another_machine() {
    let World { engine, .. } = world();
    let template = engine.prepare(spec(&engine, "agent").await).await.unwrap().name;
    let storage = StorageName::parse("disk").unwrap();
    assert_eq!(engine.storage_image(&storage).await.unwrap(), None);
    let with = Identity { storage: Some(storage.clone()), ..identity("one") };
    let sandbox = engine.start(&template, with).await.unwrap();
    assert!(engine.storage_image(&storage).await.is_err(), "a sandbox has it");
    sandbox.stop().await;
    let image = engine.storage_image(&storage).await.unwrap().unwrap();
    let elsewhere = world();
    elsewhere.engine.import_storage(storage.clone(), image).await.unwrap();
    assert_eq!(elsewhere.host.storages(), [storage]);
}

#[tokio::test]
async fn a_warm_up_is_part_of_the_template_and_must_succeed() {
    let World { engine, .. } = world();
    let warm =
        |port, path: &str| Some(Warmup { port, path: path.to_owned(), within: Duration::from_secs(1) });
    let warmed = TemplateSpec { warmup: warm(Some(8080), "/invocations"), ..spec(&engine, "agent").await };
    let template = engine.prepare(warmed.clone()).await.unwrap().name;
    let sandbox = engine.start(&template, identity("one")).await.unwrap();
    assert_eq!(answer(&*sandbox).await, r#"{"count":2,"received":7}"#);
    for (warmup, said) in [(warm(None, "/absent"), "status 404"), (warm(Some(9), "/invocations"), "refused")]
    {
        let refused = engine.prepare(TemplateSpec { warmup, ..warmed.clone() }).await;
        assert!(matches!(refused, Err(SandboxError::WarmupFailed { reason, .. }) if reason.contains(said)));
    }
}
