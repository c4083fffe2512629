//! From code to a template, or to a reason why not.

use fault::{Kind, Result};
use runtime::agents::AcceptedAgent;
use runtime::{AgentSpec, Interpreter, Status};

use crate::world::{World, kind, spec, zip};

/// What becomes of this archive.
fn failure(archive: Vec<u8>, spec: AgentSpec) -> String {
    let world = World::new();
    let mut reason = None;
    world.live(async |server| {
        world.upload(&spec.artifact.key, archive).await;
        let agent = server.create_from(spec).await;
        assert_eq!(agent.status, Status::CreateFailed);
        reason = agent.failure;
        assert_eq!(world.templates(), Vec::<String>::new());
        let scratch = std::fs::read_dir(&world.options.work_directory).unwrap();
        assert_eq!(scratch.count(), 0, "unpacked code is removed");
    });
    reason.unwrap()
}

fn instrumented() -> AgentSpec {
    let mut spec = spec("probe");
    spec.artifact.entry_point.instrumented = true;
    spec
}

#[test]
fn what_is_no_zip() {
    let reason = failure(b"hello".to_vec(), spec("probe"));
    assert!(reason.contains("The code archive cannot be used: the file is not a zip"), "{reason}");
}

#[test]
fn an_archive_that_leaves_its_tree() {
    let reason = failure(zip(&[("../probe.py", "pass")]), spec("probe"));
    assert!(reason.contains("../probe.py"), "{reason}");
}

#[test]
fn an_archive_of_the_folder_instead_of_its_content() {
    let reason = failure(zip(&[("app/probe.py", "pass")]), spec("probe"));
    assert!(reason.contains("no file \"probe.py\" at its root"), "{reason}");
}

#[test]
fn an_instrumented_program_without_the_instrumentation() {
    let reason = failure(zip(&[("probe.py", "pass")]), instrumented());
    assert!(reason.contains("opentelemetry-instrumentation"), "{reason}");
}

#[test]
fn an_instrumented_program_with_it() {
    let world = World::new();
    world.live(async |server| {
        let package = "opentelemetry/instrumentation/auto_instrumentation/__init__.py";
        world.upload("probe", zip(&[("probe.py", "pass"), (package, "")])).await;
        assert_eq!(server.create_from(instrumented()).await.status, Status::Ready);
    });
}

#[test]
fn a_program_that_crashes_is_quoted() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("crash").await;
        let agent = server.get(&id).await.unwrap();
        assert_eq!(agent.status, Status::CreateFailed);
        let reason = agent.failure.unwrap();
        assert!(reason.contains("exit code 1"), "{reason}");
        assert!(reason.ends_with("ModuleNotFoundError: No module named 'absent'"), "{reason}");
    });
}

#[test]
fn a_program_that_never_answers_has_its_time() {
    let world = World::new();
    world.live(async |server| {
        let id = server.begin("hang").await;
        crate::world::until("it boots", async || (!world.host.layers().is_empty()).then_some(())).await;
        crate::world::until("its time is up", async || {
            world.clock.advance(std::time::Duration::from_secs(30));
            crate::world::settled(server.get(&id).await.unwrap().status).then_some(())
        })
        .await;
        let reason = server.get(&id).await.unwrap().failure.unwrap();
        assert!(reason.contains("initialization completes in 60 s"), "{reason}");
        assert!(reason.contains("starting"), "its last line: {reason}");
    });
}

/// The same archive, checked once, must be checked again for another entry point.
#[test]
fn known_code_with_another_entry_point() {
    let world = World::new();
    world.live(async |server| {
        let id = server.create("probe").await;
        let mut next = spec("probe");
        next.artifact.entry_point.file = "main.py".to_owned();
        let update =
            runtime::agents::UpdateAgent { account: crate::world::account(), id, spec: next, token: None };
        let id = server.update_agent(update).await.unwrap().id;
        let agent = server.settled(&id).await;
        assert_eq!(agent.status, Status::UpdateFailed);
        assert!(agent.failure.unwrap().contains("no file \"main.py\" at its root"));
    });
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_written() {
    fn field(result: Result<AcceptedAgent>) -> String {
        let Kind::Validation { fields, .. } = kind(result) else { panic!("not a validation fault") };
        fields.into_iter().map(|field| format!("{}: {}", field.name, field.message)).collect()
    }
    let world = World::new();
    world.live(async |server| {
        let absent = field(server.try_create("agent", spec("absent")).await);
        assert!(
            absent.starts_with("agentRuntimeArtifact.codeConfiguration.code.s3: there is no object"),
            "{absent}"
        );
        server.upload("probe").await;
        let mut other = spec("probe");
        other.artifact.interpreter = Interpreter::Python { minor: 13 };
        let other = field(server.try_create("agent", other).await);
        assert!(other.contains("provides PYTHON_3_13, only python3.11"), "{other}");
        world.enlarge("probe", 250 * 1024 * 1024 + 1);
        let large = field(server.try_create("agent", spec("probe")).await);
        assert!(large.contains("262144000 is the most"), "{large}");
        world.assert_empty().await;
    });
}

#[test]
fn what_the_program_finds_in_its_environment() {
    let world = World::new();
    world.live(async |server| {
        server.upload("probe").await;
        let mut mine = spec("probe");
        mine.environment.insert("AWS_REGION".to_owned(), "eu-west-1".to_owned());
        mine.environment.insert("MODEL".to_owned(), "small".to_owned());
        let agent = server.create_from(mine).await;
        let get = |name| world.probe.environment(name).unwrap();
        assert_eq!((get("DOCKER_CONTAINER").as_str(), get("MODEL").as_str()), ("1", "small"));
        assert_eq!(get("AWS_REGION"), "eu-west-1", "the user's own value counts");
        assert!(get("OTEL_RESOURCE_ATTRIBUTES").ends_with(&format!("cloud.resource_id={}", agent.arn)));
        let url = get("AGENTCORE_RUNTIME_URL");
        assert!(
            url.starts_with("http://127.0.0.1:7070/runtimes/arn%3Aaws%3A") && url.ends_with("/invocations/"),
            "{url}"
        );
    });
}
