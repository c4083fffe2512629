//! The host's disk is full while a template is prepared.

use std::path::Path;

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use sandbox::SandboxError;
use sandbox::contract::{Behaviour, Subject};
use sandbox_qemu::Patience;

use crate::subject::Microvms;

/// Room for kernel, layer and the first steps of a boot, not for the memory of a booted machine.
const SIZE: &std::ffi::CStr = c"size=40m";

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
