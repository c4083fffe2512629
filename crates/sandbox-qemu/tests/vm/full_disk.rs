//! The host's disk is full while a template is prepared, and while a sandbox is suspended.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use sandbox::contract::{Behaviour, Subject};
use sandbox::{SandboxError, SnapshotName};
use sandbox_qemu::Patience;

use crate::leftovers::names;
use crate::machines::{get, start};
use crate::subject::Microvms;

/// Room for kernel, layer and the first steps of a boot, not for the memory of a booted machine.
const SIZE: &std::ffi::CStr = c"size=40m";

/// Room for a template with all of its memory, and for some sandboxes.
const AMPLE: &std::ffi::CStr = c"size=600m";

/// A small disk, gone when dropped.
struct SmallDisk<'a>(&'a Path);

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        unmount(self.0, UnmountFlags::DETACH).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_nothing_is_left() {
    let directory = tempfile::tempdir().unwrap();
    if !rustix::process::geteuid().is_root() {
        println!("skipped (1): only root can mount a small disk");
        return;
    }
    mount("none", directory.path(), "tmpfs", MountFlags::empty(), SIZE).unwrap();
    let _disk = SmallDisk(directory.path());
    let subject = Microvms::new(directory.path(), Patience::default()).await;
    let spec = subject.spec("too-big", Behaviour::Serve).await;
    let outcome = subject.engine().prepare(spec).await;
    assert!(matches!(outcome, Err(SandboxError::DiskFull)), "{outcome:?}");
    for part in ["templates", "sandboxes"] {
        assert_eq!(std::fs::read_dir(directory.path().join(part)).unwrap().count(), 0, "{part}");
    }
    subject.engine().shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sandbox_runs_on_when_the_disk_is_too_full_for_its_snapshot() {
    let directory = tempfile::tempdir().unwrap();
    if !rustix::process::geteuid().is_root() {
        println!("skipped (1): only root can mount a small disk");
        return;
    }
    mount("none", directory.path(), "tmpfs", MountFlags::empty(), AMPLE).unwrap();
    let _disk = SmallDisk(directory.path());
    let subject =
        Microvms::new(directory.path(), Patience { spare: Duration::ZERO, ..Patience::default() }).await;
    let spec = subject.spec("fits", Behaviour::Serve).await;
    let template = subject.engine().prepare(spec).await.unwrap().name;
    // On this kind of disk, memory that was never written takes room once it has been read: now it has.
    let sandbox = start(&*subject.engine(), &template, "first").await;
    sandbox.suspend(SnapshotName::parse("first").unwrap()).await.unwrap();
    let sandbox = start(&*subject.engine(), &template, "second").await;
    let told = get(&*sandbox, "/self").await;

    let filler = directory.path().join("filler");
    fill(&filler);
    let name = SnapshotName::parse("second").unwrap();
    let outcome = sandbox.suspend(name.clone()).await;
    assert!(matches!(outcome, Err(SandboxError::DiskFull)), "{outcome:?}");
    assert_eq!(names(&subject.snapshots()), ["first"]);
    assert_eq!(get(&*sandbox, "/ping").await, r#"{"status":"Healthy"}"#);
    let told_now = get(&*sandbox, "/self").await;
    let names_of = |told: &str| told.split(' ').skip(2).take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names_of(&told_now), names_of(&told), "host name and boot id");

    std::fs::remove_file(filler).unwrap();
    sandbox.suspend(name).await.unwrap();
    subject.engine().shut_down().await;
}

/// Leaves less room than a snapshot takes.
fn fill(path: &Path) {
    let mut filler = std::fs::File::create(path).unwrap();
    let mut written = 0;
    while let Ok(count) = filler.write(&[1; 64 << 10]) {
        written += count as u64;
    }
    filler.set_len(written - (128 << 10)).unwrap();
}
