//! Suspending, and going on from snapshots.

use std::sync::Arc;

use stdx::ByteStream;

use super::{Behaviour, Subject, ask, get, identity, invoke, request, start};
use crate::engine::{Keep, Sandbox};
use crate::error::SandboxError;
use crate::exchange::{Ending, Meter};
use crate::spec::{SandboxId, SnapshotName, TemplateName};

pub(super) async fn a_suspended_sandbox_goes_on(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "sleeper").await;
    assert_eq!(invoke(&*sandbox, "1").await, r#"{"count":1,"received":1}"#);
    put(&*sandbox, "kept").await;
    let mut suspended = sandbox;
    for (count, round) in [(2, "first"), (3, "second")] {
        let name = snapshot(&format!("sleeper-{round}"));
        let told = suspended.suspend(name.clone()).await.expect("a quiet sandbox can be suspended");
        assert_eq!(told.name, name);
        assert_eq!(suspended.ended().await, Ending::Suspended);
        let late = suspended.exchange(get("/ping")).await;
        assert!(matches!(late, Err(SandboxError::Ended(Ending::Suspended))), "{late:?}");
        let last = suspended.meter();
        assert_eq!(suspended.meter(), last, "what has ended costs nothing more");
        let again = suspended.suspend(snapshot("sleeper-late")).await;
        assert!(matches!(again, Err(SandboxError::Ended(Ending::Suspended))), "{again:?}");

        suspended = resume(subject, &name, "sleeper").await;
        discard(subject, &name).await;
        assert_eq!(invoke(&*suspended, "0").await, format!(r#"{{"count":{count},"received":0}}"#));
        assert_eq!(ask(&*suspended, get("/files/kept")).await, "kept");
    }
    suspended.stop().await;
    assert_eq!(suspended.ended().await, Ending::Stopped);
}

pub(super) async fn a_snapshot_gives_any_number_of_sandboxes(subject: &dyn Subject, template: &TemplateName) {
    let name = taken(subject, template, "forked").await;
    let one = resume(subject, &name, "fork-one").await;
    let two = resume(subject, &name, "fork-two").await;
    for (sandbox, file) in [(&one, "of-one"), (&two, "of-two")] {
        assert_eq!(invoke(&**sandbox, "2").await, r#"{"count":2,"received":2}"#);
        put(&**sandbox, file).await;
    }
    assert_eq!(invoke(&*one, "3").await, r#"{"count":3,"received":3}"#);
    for (sandbox, file) in [(&one, "of-two"), (&two, "of-one")] {
        assert_eq!(sandbox.exchange(get(&format!("/files/{file}"))).await.expect("it answers").status, 404);
        assert_eq!(ask(&**sandbox, get("/files/forked")).await, "forked");
    }
    one.stop().await;
    two.stop().await;
    // What was resumed has not changed it.
    let three = resume(subject, &name, "forked").await;
    assert_eq!(invoke(&*three, "2").await, r#"{"count":2,"received":2}"#);
    three.stop().await;
    discard(subject, &name).await;
}

pub(super) async fn a_copy_stands_by_itself(subject: &dyn Subject, template: &TemplateName) {
    let (original, copy) = (taken(subject, template, "original").await, snapshot("copy"));
    let engine = subject.engine();
    let told = engine.copy_snapshot(&original, copy.clone()).await.expect("it can be copied");
    assert_eq!(told.name, copy);
    let again = engine.copy_snapshot(&original, copy.clone()).await;
    assert!(matches!(again, Err(SandboxError::Failed { .. })), "{again:?}");
    discard(subject, &original).await;
    refused(subject, &original).await;
    let sandbox = resume(subject, &copy, "of-a-copy").await;
    assert_eq!(invoke(&*sandbox, "2").await, r#"{"count":2,"received":2}"#);
    assert_eq!(ask(&*sandbox, get("/files/original")).await, "original");
    sandbox.stop().await;
    discard(subject, &copy).await;
}

pub(super) async fn a_sandbox_that_cannot_be_suspended_runs_on(
    subject: &dyn Subject,
    template: &TemplateName,
) {
    let sandbox = start(subject, template, "stays").await;
    assert_eq!(invoke(&*sandbox, "1").await, r#"{"count":1,"received":1}"#);
    let name = snapshot("of-what-stays");
    if subject.hinder_suspending(true) {
        let outcome = sandbox.suspend(name.clone()).await;
        subject.hinder_suspending(false);
        assert!(matches!(outcome, Err(SandboxError::Failed { .. } | SandboxError::DiskFull)), "{outcome:?}");
        refused(subject, &name).await;
        assert_eq!(invoke(&*sandbox, "2").await, r#"{"count":2,"received":2}"#);
        let said = request("POST", "/print", ByteStream::once("still here"), Some(10));
        assert_eq!(ask(&*sandbox, said).await, "");
        super::until(async || sandbox.log_tail().iter().any(|line| line.text == "still here")).await;
        let starts = sandbox.log_tail().iter().filter(|line| line.text == "agent is starting").count();
        assert_eq!(starts, 1, "no line is told twice");
    }
    let other = snapshot("other");
    let at_once = start(subject, template, "other").await;
    at_once.suspend(other.clone()).await.expect("one that has just been started can be suspended");
    let outcome = sandbox.suspend(other.clone()).await;
    assert!(matches!(outcome, Err(SandboxError::Failed { .. })), "the name is taken: {outcome:?}");
    ask(&*sandbox, get("/ping")).await;
    sandbox.suspend(name.clone()).await.expect("nothing hinders it now");
    for name in [name, other] {
        discard(subject, &name).await;
    }
}

pub(super) async fn an_absent_snapshot_is_refused(subject: &dyn Subject) {
    let absent = snapshot("absent");
    refused(subject, &absent).await;
    let copied = subject.engine().copy_snapshot(&absent, snapshot("copy-of-absent")).await;
    assert!(matches!(copied, Err(SandboxError::NoSnapshot { name, .. }) if name == absent));
    discard(subject, &absent).await;
}

pub(super) async fn a_sandbox_tells_what_it_costs(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "metered").await;
    invoke(&*sandbox, "1").await;
    let first = sandbox.meter();
    assert!(first.memory > 0);
    invoke(&*sandbox, "2").await;
    assert!(sandbox.meter().cpu >= first.cpu);
    sandbox.stop().await;
    let last = sandbox.meter();
    assert!(last.cpu >= first.cpu && last != Meter::default());
}

pub(super) async fn a_restart_finds_the_snapshots_to_be_kept(subject: &dyn Subject, template: &TemplateName) {
    let (kept, unwanted) =
        (taken(subject, template, "kept").await, taken(subject, template, "unwanted").await);
    subject.restart(template, "left-awake").await;
    let layer = subject.spec("contract", Behaviour::Serve).await.code.name;
    let (templates, snapshots) = (vec![template.clone()], vec![kept.clone()]);
    let keep = Keep { templates, layers: vec![layer], snapshots, ..Keep::default() };
    let recovered = subject.engine().recover(&keep).await.expect("leftovers are found");
    assert_eq!(recovered.ended, [SandboxId::parse("left-awake").expect("a plain name")]);
    assert_eq!(recovered.removed, 1);
    refused(subject, &unwanted).await;
    let sandbox = resume(subject, &kept, "kept").await;
    assert_eq!(invoke(&*sandbox, "2").await, r#"{"count":2,"received":2}"#);
    sandbox.stop().await;
    discard(subject, &kept).await;
}

/// The template is gone by now.
pub(super) async fn a_snapshot_outlives_its_template(subject: &dyn Subject, name: &SnapshotName) {
    let sandbox = resume(subject, name, "orphan").await;
    assert_eq!(invoke(&*sandbox, "2").await, r#"{"count":2,"received":2}"#);
    let next = snapshot("of-an-orphan");
    sandbox.suspend(next.clone()).await.expect("a template is not needed for that");
    discard(subject, name).await;
    let sandbox = resume(subject, &next, "orphan").await;
    assert_eq!(invoke(&*sandbox, "3").await, r#"{"count":3,"received":3}"#);
    sandbox.stop().await;
    discard(subject, &next).await;
}

/// A snapshot of a sandbox that has counted to one and has a file, both of this name.
pub(super) async fn taken(subject: &dyn Subject, template: &TemplateName, id: &str) -> SnapshotName {
    let sandbox = start(subject, template, id).await;
    assert_eq!(invoke(&*sandbox, "1").await, r#"{"count":1,"received":1}"#);
    put(&*sandbox, id).await;
    let name = snapshot(id);
    sandbox.suspend(name.clone()).await.expect("a quiet sandbox can be suspended");
    name
}

pub(super) fn snapshot(name: &str) -> SnapshotName {
    SnapshotName::parse(name).expect("a plain name")
}

async fn resume(subject: &dyn Subject, name: &SnapshotName, id: &str) -> Arc<dyn Sandbox> {
    subject.engine().resume(name, identity(id)).await.expect("a sandbox goes on from a snapshot")
}

pub(super) async fn discard(subject: &dyn Subject, name: &SnapshotName) {
    subject.engine().discard_snapshot(name).await.expect("a snapshot can be removed, or is not there");
}

async fn refused(subject: &dyn Subject, name: &SnapshotName) {
    let resumed = subject.engine().resume(name, identity("from-nothing")).await;
    assert!(matches!(resumed, Err(SandboxError::NoSnapshot { name: told, .. }) if told == *name));
}

async fn put(sandbox: &dyn Sandbox, file: &str) {
    let (body, length) = (ByteStream::once(file.to_owned()), u64::try_from(file.len()).ok());
    assert_eq!(ask(sandbox, request("PUT", &format!("/files/{file}"), body, length)).await, "");
}
