//! Storages, as snapshots hold them.

use std::sync::Arc;

use stdx::ByteStream;

use super::snapshots::{discard, snapshot};
use super::{Behaviour, Subject, ask, get, identity, request};
use crate::engine::Sandbox;
use crate::error::SandboxError;
use crate::exchange::Ending;
use crate::spec::{Identity, SnapshotName, Storage, StorageName, TemplateName};

/// Often enough that one which leaves something behind now and then is found out: the next one's id is taken.
const REFUSALS: usize = 100;

/// A template that provides for a storage.
pub(super) async fn template(subject: &dyn Subject) -> TemplateName {
    let mut spec = subject.spec("contract-storage", Behaviour::Serve).await;
    spec.storage = Some(Storage { mount: "/mnt/data".to_owned(), size_mib: 32 });
    subject.engine().prepare(spec).await.expect("the agent can be prepared").name
}

/// Whatever was done to the storage since: a sandbox that went on, and was given up, has written to it.
pub(super) async fn a_snapshot_goes_on_with_the_storage_it_was_frozen_with(
    subject: &dyn Subject,
    template: &TemplateName,
) {
    let name = frozen(subject, template, "keeper").await;
    for round in ["first", "second"] {
        let sandbox = resume(subject, &name, round, "keeper").await;
        assert_eq!(read(&*sandbox, "note").await.as_deref(), Some("then"), "{round}");
        write(&*sandbox, "note", "later").await;
        write(&*sandbox, "more", "later").await;
        sandbox.stop().await;
        let sandbox = begin(subject, template, round, "keeper").await;
        assert_eq!(read(&*sandbox, "more").await.as_deref(), Some("later"), "{round}");
        sandbox.stop().await;
    }
    subject.engine().discard_storage(&storage("keeper")).await.expect("nobody has it");
    let sandbox = resume(subject, &name, "third", "keeper").await;
    assert_eq!(read(&*sandbox, "note").await.as_deref(), Some("then"), "the snapshot holds it");
    assert_eq!(read(&*sandbox, "more").await, None);
    let taken = subject.engine().resume(&name, with("fourth", "keeper")).await.map(|_| ());
    assert!(matches!(taken, Err(SandboxError::Failed { .. })), "one sandbox at a time has it: {taken:?}");
    sandbox.stop().await;
    for round in 0..REFUSALS {
        let without = subject.engine().resume(&name, identity("without")).await.map(|_| ());
        assert!(matches!(without, Err(SandboxError::NoSnapshot { .. })), "{round}: {without:?}");
    }
    clear(subject, &[&name], &["keeper"]).await;
}

pub(super) async fn copies_have_storages_of_their_own(subject: &dyn Subject, template: &TemplateName) {
    let (original, copy) = (frozen(subject, template, "original").await, snapshot("copy-with-storage"));
    subject.engine().copy_snapshot(&original, copy.clone()).await.expect("it can be copied");
    let one = resume(subject, &original, "one", "original").await;
    let two = resume(subject, &copy, "two", "forked").await;
    for (sandbox, file) in [(&one, "of-one"), (&two, "of-two")] {
        assert_eq!(read(&**sandbox, "note").await.as_deref(), Some("then"));
        write(&**sandbox, "note", file).await;
    }
    assert_eq!(read(&*one, "note").await.as_deref(), Some("of-one"));
    assert_eq!(read(&*two, "note").await.as_deref(), Some("of-two"));
    two.stop().await;
    discard(subject, &original).await;
    let three = resume(subject, &copy, "three", "forked").await;
    assert_eq!(read(&*three, "note").await.as_deref(), Some("then"));
    one.stop().await;
    three.stop().await;
    clear(subject, &[&copy], &["original", "forked"]).await;
}

pub(super) async fn what_a_snapshot_has_of_a_storage_can_be_had_without_it(
    subject: &dyn Subject,
    template: &TemplateName,
) {
    let (engine, name) = (subject.engine(), frozen(subject, template, "source").await);
    for round in ["first", "second"] {
        engine.restore_storage(&name, storage("restored")).await.expect("it holds one");
        let sandbox = begin(subject, template, round, "restored").await;
        assert_eq!(read(&*sandbox, "note").await.as_deref(), Some("then"), "{round}");
        write(&*sandbox, "note", "later").await;
        let taken = engine.restore_storage(&name, storage("restored")).await;
        assert!(matches!(taken, Err(SandboxError::Failed { .. })), "a sandbox has it: {taken:?}");
        sandbox.stop().await;
    }
    let sandbox = subject.engine().start(template, identity("none")).await.expect("it needs none");
    let bare = snapshot("without-storage");
    sandbox.suspend(bare.clone()).await.expect("a quiet sandbox can be suspended");
    for from in [bare.clone(), snapshot("absent")] {
        let refused = engine.restore_storage(&from, storage("nothing")).await;
        assert!(
            matches!(&refused, Err(SandboxError::NoSnapshot { name, .. }) if *name == from),
            "{refused:?}"
        );
    }
    assert_eq!(engine.storage_image(&storage("nothing")).await.expect("nobody has it"), None);
    clear(subject, &[&name, &bare], &["source", "restored"]).await;
}

/// A snapshot of this name, with a storage of this name that has the note `then`.
async fn frozen(subject: &dyn Subject, template: &TemplateName, name: &str) -> SnapshotName {
    let sandbox = begin(subject, template, name, name).await;
    write(&*sandbox, "note", "then").await;
    let snapshot = snapshot(name);
    sandbox.suspend(snapshot.clone()).await.expect("a quiet sandbox can be suspended");
    assert_eq!(sandbox.ended().await, Ending::Suspended);
    snapshot
}

async fn begin(subject: &dyn Subject, template: &TemplateName, id: &str, kept: &str) -> Arc<dyn Sandbox> {
    subject.engine().start(template, with(id, kept)).await.expect("a sandbox starts from a template")
}

async fn resume(subject: &dyn Subject, name: &SnapshotName, id: &str, kept: &str) -> Arc<dyn Sandbox> {
    subject.engine().resume(name, with(id, kept)).await.expect("a sandbox goes on from a snapshot")
}

async fn write(sandbox: &dyn Sandbox, file: &str, text: &'static str) {
    let length = u64::try_from(text.len()).ok();
    let put = request("PUT", &format!("/stored/{file}"), ByteStream::once(text), length);
    assert_eq!(ask(sandbox, put).await, "");
}

async fn read(sandbox: &dyn Sandbox, file: &str) -> Option<String> {
    let reply = sandbox.exchange(get(&format!("/stored/{file}"))).await.expect("it answers");
    if reply.status == 404 {
        return None;
    }
    Some(super::text(reply).await)
}

async fn clear(subject: &dyn Subject, snapshots: &[&SnapshotName], storages: &[&str]) {
    for name in snapshots {
        discard(subject, name).await;
    }
    for name in storages {
        subject.engine().discard_storage(&storage(name)).await.expect("nobody has it");
    }
}

fn with(id: &str, kept: &str) -> Identity {
    Identity { storage: Some(storage(kept)), ..identity(id) }
}

fn storage(name: &str) -> StorageName {
    StorageName::parse(name).expect("a plain name")
}
