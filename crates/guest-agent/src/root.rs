//! The program's root file system: the base image and the code layer, read-only, beneath a writable overlay.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown, symlink};
use std::path::{Component, Path, PathBuf};

use guest_protocol::hello::Boot;
use guest_protocol::{DISK_BASE, DISK_CODE, DISK_SCRATCH};
use rustix::fs::{FileType, Mode};
use rustix::mount::{MountFlags, mount};

use crate::disks;
use crate::step::{At, StepError};
use crate::storage::Storage;

/// Where the new root is put together, on the initial ramdisk.
const NEW: &str = "/new";

/// The cgroup that the program runs in, once the root is switched.
pub(crate) const CGROUP: &str = "/sys/fs/cgroup/program";

/// Mounts everything and makes it the root. Gives the storage, for later, if there is to be one.
pub(crate) fn enter(boot: &Boot) -> Result<Storage, StepError> {
    let read_only = MountFlags::RDONLY | MountFlags::NODEV | MountFlags::NOSUID;
    disk(DISK_BASE, "/base", "erofs", read_only)?;
    disk(DISK_CODE, "/code", "erofs", read_only)?;
    disk(DISK_SCRATCH, "/scratch", "ext4", MountFlags::NODEV | MountFlags::NOSUID | MountFlags::NOATIME)?;
    overlay("/base", "root", Path::new(NEW))?;
    let code_mount = inside(&boot.code_mount)?;
    overlay("/code", "code", &code_mount)?;
    // New files beside the code are the program's; the code itself keeps its owner.
    chown(&code_mount, Some(boot.user), Some(boot.user)).at("hand over the code's directory")?;
    let storage = storage(boot)?;
    kernel_mounts()?;
    devices().at("make the device nodes")?;
    switch().at("switch to the new root")?;
    limit_processes(boot.processes).at("limit the number of processes")?;
    Ok(storage)
}

/// Makes the place where the storage will be. It stays root's: what the program wrote there now would be hidden.
fn storage(boot: &Boot) -> Result<Storage, StepError> {
    let Some(mount) = &boot.storage else { return Ok(Storage::none()) };
    let place = inside(mount)?;
    fs::create_dir_all(&place).at(format_args!("create {mount}"))?;
    Storage::open(boot.user)
}

fn disk(serial: &str, target: &str, kind: &str, flags: MountFlags) -> Result<(), StepError> {
    let device = disks::find(serial).at(format_args!("find disk {serial}"))?;
    fs::create_dir(target).at(format_args!("create {target}"))?;
    mount(&device, target, kind, flags, None).at(format_args!("mount disk {serial} as {kind}"))
}

/// A writable overlay over `lower`, mounted at `target`.
fn overlay(lower: &str, name: &str, target: &Path) -> Result<(), StepError> {
    let upper = format!("/scratch/{name}/upper");
    let work = format!("/scratch/{name}/work");
    for directory in [Path::new(&upper), Path::new(&work), target] {
        fs::create_dir_all(directory).at(format_args!("create {}", directory.display()))?;
    }
    // The disk lives no longer than the machine, so nothing has to reach it for good: `volatile`.
    let options = format!("lowerdir={lower},upperdir={upper},workdir={work},volatile\0");
    let options = std::ffi::CStr::from_bytes_until_nul(options.as_bytes()).expect("it ends with a NUL");
    let flags = MountFlags::NODEV | MountFlags::NOSUID | MountFlags::NOATIME;
    mount("overlay", target, "overlay", flags, options).at(format_args!("mount the overlay {name}"))
}

/// `path` below the new root, if it is absolute, names something and stays below it.
fn inside(path: &str) -> Result<PathBuf, StepError> {
    let mut components = Path::new(path).components();
    let rooted = components.next() == Some(Component::RootDir);
    let rest = components.as_path();
    let plain = rest.components().all(|component| matches!(component, Component::Normal(_)));
    if rooted && plain && rest != Path::new("") {
        Ok(Path::new(NEW).join(rest))
    } else {
        Err(StepError::because(format_args!("mount at {path:?}"), "not a plain absolute path"))
    }
}

fn kernel_mounts() -> Result<(), StepError> {
    let hardened = MountFlags::NOSUID | MountFlags::NOEXEC | MountFlags::NODEV;
    for (kind, target, flags, options) in [
        ("proc", "proc", hardened, Some(c"hidepid=invisible")),
        ("sysfs", "sys", hardened | MountFlags::RDONLY, None),
        ("cgroup2", "sys/fs/cgroup", hardened, None),
        ("tmpfs", "run", hardened, Some(c"mode=755")),
        ("tmpfs", "dev", MountFlags::NOSUID | MountFlags::NOEXEC, Some(c"mode=755,size=1m")),
        (
            "devpts",
            "dev/pts",
            MountFlags::NOSUID | MountFlags::NOEXEC,
            Some(c"mode=620,ptmxmode=666,newinstance"),
        ),
        ("tmpfs", "dev/shm", hardened, Some(c"mode=1777")),
    ] {
        let target = Path::new(NEW).join(target);
        fs::create_dir_all(&target).at(format_args!("create {}", target.display()))?;
        mount(kind, &target, kind, flags, options).at(format_args!("mount {}", target.display()))?;
    }
    let temporary = Path::new(NEW).join("tmp");
    fs::create_dir_all(&temporary).at("create /tmp")?;
    fs::set_permissions(&temporary, Permissions::from_mode(0o1777)).at("open /tmp to all")
}

/// Only harmless devices: neither the disks nor the host's port are to be found in the program's `/dev`.
fn devices() -> io::Result<()> {
    let directory = Path::new(NEW).join("dev");
    for (name, minor) in [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)] {
        node(&directory.join(name), 1, minor)?;
    }
    node(&directory.join("tty"), 5, 0)?;
    for (target, link) in [
        ("pts/ptmx", "ptmx"),
        ("/proc/self/fd", "fd"),
        ("/proc/self/fd/0", "stdin"),
        ("/proc/self/fd/1", "stdout"),
        ("/proc/self/fd/2", "stderr"),
    ] {
        symlink(target, directory.join(link))?;
    }
    Ok(())
}

fn node(path: &Path, major: u32, minor: u32) -> io::Result<()> {
    let device = rustix::fs::makedev(major, minor);
    rustix::fs::mknodat(rustix::fs::CWD, path, FileType::CharacterDevice, Mode::empty(), device)?;
    fs::set_permissions(path, Permissions::from_mode(0o666))
}

/// The initial ramdisk cannot be pivoted away from; the new root is moved over it instead.
fn switch() -> io::Result<()> {
    std::env::set_current_dir(NEW)?;
    rustix::mount::mount_move(".", "/")?;
    rustix::process::chroot(".")?;
    std::env::set_current_dir("/")
}

fn limit_processes(most: u32) -> io::Result<()> {
    fs::write("/sys/fs/cgroup/cgroup.subtree_control", "+pids")?;
    DirBuilder::new().mode(0o755).create(CGROUP)?;
    fs::write(Path::new(CGROUP).join("pids.max"), most.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_mounted_only_below_the_root() {
        assert_eq!(inside("/var/task").unwrap(), Path::new("/new/var/task"));
        for bad in ["", "/", "var/task", "/var/../..", "../x", "//"] {
            assert!(inside(bad).is_err(), "{bad:?}");
        }
    }
}
