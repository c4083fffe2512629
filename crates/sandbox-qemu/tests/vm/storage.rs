//! A storage outlives its machines, has one at a time, and is nobody else's.

use std::sync::Arc;

use rustix::process::{Signal, kill_process};
use sandbox::contract::{Behaviour, Subject};
use sandbox::{
    Ending, Identity, Keep, Sandbox, SandboxError, SandboxId, SnapshotName, Storage, StorageName,
    TemplateName,
};
use sandbox_qemu::Patience;

use crate::leftovers::names;
use crate::machines::get;
use crate::subject::Microvms;

const MIB: u32 = 32;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_a_storage_outlives_its_machines() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let template = keeper(&subject).await;
    it_survives_a_stop_and_the_memory_does_not(&subject, &template).await;
    it_is_nobody_elses(&subject, &template).await;
    it_survives_an_exit_and_a_sudden_death(&subject, &template).await;
    it_can_be_carried_elsewhere(&subject, &template).await;
    subject.engine().shut_down().await;
    let keep = Keep { storages: vec![storage("moved")], ..Keep::default() };
    subject.engine().recover(&keep).await.unwrap();
    assert_eq!(names(&directory.path().join("storages")), ["moved.ext4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspended_machine_goes_on_with_its_storage() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let template = keeper(&subject).await;
    let engine = subject.engine();
    let sandbox = begin(&subject, &template, "before", Some("kept")).await;
    assert_eq!(get(&*sandbox, "/write?note=before").await, "written");
    assert_eq!(get(&*sandbox, "/hold?open").await, "held");
    let asleep = SnapshotName::parse("asleep").unwrap();
    sandbox.suspend(asleep.clone()).await.unwrap();
    assert_eq!(sandbox.ended().await, Ending::Suspended);

    let without = engine.resume(&asleep, identity("without", None)).await.map(|_| ());
    assert!(matches!(without, Err(SandboxError::NoSnapshot { .. })), "{without:?}");
    let sandbox = engine.resume(&asleep, identity("after", Some("kept"))).await.unwrap();
    assert_eq!(get(&*sandbox, "/read?note").await, "before");
    assert_eq!(get(&*sandbox, "/write?more=after").await, "written");
    sandbox.stop().await;

    let sandbox = begin(&subject, &template, "again", Some("kept")).await;
    assert_eq!(get(&*sandbox, "/list").await, "more,note,open");
    assert_eq!(get(&*sandbox, "/read?more").await, "after");
    assert_eq!(get(&*sandbox, "/read?open").await, "held");
    sandbox.stop().await;

    engine.discard_storage(&storage("kept")).await.unwrap();
    let sandbox = engine.resume(&asleep, identity("late", Some("kept"))).await.unwrap();
    assert_eq!(get(&*sandbox, "/list").await, "note,open", "as it was when it was frozen");
    engine.shut_down().await;
}

async fn it_survives_a_stop_and_the_memory_does_not(subject: &Microvms, template: &TemplateName) {
    let first = begin(subject, template, "first", Some("kept")).await;
    assert_eq!(get(&*first, "/list").await, "");
    assert_eq!(get(&*first, "/write?note=hello").await, "written");
    assert_eq!(get(&*first, "/asked").await, "4");
    let filled = get(&*first, "/fill").await;
    let (mib, reason) = filled.split_once(' ').unwrap();
    assert_eq!(reason, "No space left on device");
    assert!((MIB / 2..MIB).contains(&mib.parse().unwrap()), "{mib} MiB");
    let twice = subject.engine().start(template, identity("twice", Some("kept"))).await.map(|_| ());
    assert!(matches!(twice, Err(SandboxError::Failed { .. })), "{twice:?}");
    assert!(subject.engine().storage_image(&storage("kept")).await.is_err(), "it is in use");
    first.stop().await;

    let second = begin(subject, template, "second", Some("kept")).await;
    assert_eq!(get(&*second, "/asked").await, "2");
    assert_eq!(get(&*second, "/list").await, "note");
    assert_eq!(get(&*second, "/read?note").await, "hello");
    second.stop().await;
}

async fn it_is_nobody_elses(subject: &Microvms, template: &TemplateName) {
    let other = begin(subject, template, "other", Some("another")).await;
    assert_eq!(get(&*other, "/list").await, "");
    let without = begin(subject, template, "without", None).await;
    assert_eq!(get(&*without, "/list").await, "");
    assert_eq!(get(&*without, "/write?note=lost").await, "Permission denied");
}

async fn it_survives_an_exit_and_a_sudden_death(subject: &Microvms, template: &TemplateName) {
    let leaving = begin(subject, template, "leaving", Some("kept")).await;
    assert_eq!(get(&*leaving, "/write?left=behind").await, "written");
    let gone = leaving.exchange(crate::machines::request("/leave")).await;
    assert!(gone.is_err());
    assert_eq!(leaving.ended().await, Ending::ProgramEnded { code: Some(3), signal: None });
    let dying = begin(subject, template, "dying", Some("kept")).await;
    assert_eq!(get(&*dying, "/read?left").await, "behind");
    assert_eq!(get(&*dying, "/write?last=words").await, "written");
    assert_eq!(get(&*dying, "/flush?last").await, "flushed");
    kill_process(subject.pid("dying"), Signal::KILL).unwrap();
    assert!(matches!(dying.ended().await, Ending::Failed { .. }));
    let heir = begin(subject, template, "heir", Some("kept")).await;
    assert_eq!(get(&*heir, "/read?last").await, "words");
    heir.stop().await;
}

async fn it_can_be_carried_elsewhere(subject: &Microvms, template: &TemplateName) {
    let engine = subject.engine();
    let image = engine.storage_image(&storage("kept")).await.unwrap().unwrap();
    engine.import_storage(storage("moved"), image).await.unwrap();
    assert_eq!(engine.storage_image(&storage("kept")).await.unwrap(), None);
    let moved = begin(subject, template, "moved", Some("moved")).await;
    assert_eq!(get(&*moved, "/list").await, "last,left,note");
    moved.stop().await;
}

/// A template of the agent that keeps notes.
async fn keeper(subject: &Microvms) -> TemplateName {
    let mut spec = subject.spec("keeper", Behaviour::Serve).await;
    spec.program.arguments = ["python3", "/var/task/keeper.py"].map(str::to_owned).to_vec();
    spec.storage = Some(Storage { mount: "/mnt/data".to_owned(), size_mib: MIB });
    subject.engine().prepare(spec).await.unwrap().name
}

async fn begin(
    subject: &Microvms,
    template: &TemplateName,
    id: &str,
    kept: Option<&str>,
) -> Arc<dyn Sandbox> {
    subject.engine().start(template, identity(id, kept)).await.unwrap()
}

fn identity(id: &str, kept: Option<&str>) -> Identity {
    // The same name of the host: whoever is resumed is who it was.
    Identity { storage: kept.map(storage), ..Identity::new(SandboxId::parse(id).unwrap(), "keeper") }
}

fn storage(name: &str) -> StorageName {
    StorageName::parse(name).unwrap()
}
