//! Snapshots that are not whole, or were made elsewhere, are refused with the reason, and before a machine is started.

use std::fs;
use std::path::Path;

use sandbox::contract::{Behaviour, Subject};
use sandbox::{Identity, SandboxError, SandboxId, SnapshotName};
use sandbox_qemu::Patience;
use serde_json::{Value, json};

use crate::leftovers::names;
use crate::machines::{get, start};
use crate::subject::Microvms;
use crate::suspended::{resume, snapshot};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_go_on_here_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("refused", Behaviour::Serve).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    let sandbox = start(&*subject.engine(), &template, "one").await;
    let name = snapshot("one");
    sandbox.suspend(name.clone()).await.unwrap();
    let place = subject.snapshots().join("one");

    for (field, value, reason) in [
        ("/template/ground/qemu", json!("9.9.9"), r#"made with QEMU "9.9.9""#),
        ("/template/ground/processor", json!("another"), r#"on the processor "another""#),
        ("/template/ground/accelerated", json!(true), "another kind of acceleration"),
        ("/template/ground/revision", json!(0), "another version of Freehold"),
        ("/template/base", json!("another"), "base image has been replaced"),
        ("/state/length", json!(7), "instead of 7"),
    ] {
        let change = |manifest: &mut Value| *manifest.pointer_mut(field).unwrap() = value.clone();
        changed_manifest(&subject, &place, change, &name, reason).await;
    }
    let state = fs::read(place.join("state.zst")).unwrap();
    let middle = state.len() / 2;
    for (changed, reason) in [
        (state[..middle].to_vec(), "state.zst has"),
        (flipped(&state, middle), "its state cannot be read"),
        (flipped(&state, state.len() - 1), "its state cannot be read"),
    ] {
        fs::write(place.join("state.zst"), changed).unwrap();
        refused(&subject, &name, reason).await;
    }
    fs::write(place.join("state.zst"), &state).unwrap();
    for file in ["manifest.json", "scratch.qcow2", "ram", "scratch.ext4", "code.erofs"] {
        fs::rename(place.join(file), place.join("aside")).unwrap();
        refused(&subject, &name, "").await;
        fs::rename(place.join("aside"), place.join(file)).unwrap();
    }
    assert_eq!(names(&subject.sandboxes()), [""; 0]);

    let sandbox = resume(&subject, &name, "one", "host-of-one").await;
    assert_eq!(get(&*sandbox, "/ping").await, r#"{"status":"Healthy"}"#);
    subject.engine().shut_down().await;
}

async fn changed_manifest(
    subject: &Microvms,
    place: &Path,
    change: impl FnOnce(&mut Value),
    name: &SnapshotName,
    reason: &str,
) {
    let path = place.join("manifest.json");
    let text = fs::read(&path).unwrap();
    let mut manifest = serde_json::from_slice(&text).unwrap();
    change(&mut manifest);
    fs::write(&path, manifest.to_string()).unwrap();
    refused(subject, name, reason).await;
    fs::write(&path, text).unwrap();
}

fn flipped(bytes: &[u8], place: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[place] ^= 1;
    changed
}

async fn refused(subject: &Microvms, name: &SnapshotName, because: &str) {
    let identity = Identity::new(SandboxId::parse("refused").unwrap(), "refused");
    match subject.engine().resume(name, identity).await {
        Err(SandboxError::NoSnapshot { name: told, reason }) => {
            assert!(told == *name && reason.contains(because), "{reason}, not {because}");
        }
        Err(error) => panic!("{because}: {error:?}"),
        Ok(_) => panic!("it went on, though {because}"),
    }
}
