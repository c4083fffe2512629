//! The disk that outlives the machine. A template only knows that it will be there; a wake mounts it.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::chown;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use guest_protocol::DISK_STORAGE;
use rustix::io::Errno;
use rustix::ioctl::{NoArg, ioctl, opcode};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use tokio::time::{Instant, sleep};

use crate::disks;
use crate::root::CGROUP;
use crate::step::{At, StepError};

/// What was written a second ago survives the machine's sudden death.
const OPTIONS: &std::ffi::CStr = c"data=ordered,commit=1,nodelalloc,discard";
/// What a fresh file system has and nobody wants to see.
const LOST_AND_FOUND: &str = "lost+found";
/// How long processes may take to go that were killed.
const DEATH: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(2);

/// The storage, if the machine has one.
pub(crate) struct Storage {
    disk: Option<Disk>,
    /// Where it is mounted.
    mounted: Mutex<Option<String>>,
}

struct Disk {
    /// Held open: its node is out of reach once the root is switched.
    device: File,
    /// Whom it belongs to.
    user: u32,
}

impl Storage {
    /// For a machine without one.
    pub(crate) fn none() -> Self {
        Self { disk: None, mounted: Mutex::default() }
    }

    /// Finds the disk, before the root is switched. Reads nothing of it.
    pub(crate) fn open(user: u32) -> Result<Self, StepError> {
        let path = disks::find(DISK_STORAGE).at("find the storage")?;
        let device = File::open(path).at("open the storage")?;
        Ok(Self { disk: Some(Disk { device, user }), mounted: Mutex::default() })
    }

    /// Mounts it, unless it is mounted or not wanted.
    pub(crate) fn show(&self, place: Option<&str>) -> Result<(), StepError> {
        let mut mounted = self.mounted.lock().expect("no holder of the storage's lock panics");
        let Some(place) = place.filter(|_| mounted.is_none()) else { return Ok(()) };
        let disk = self.disk.as_ref();
        let disk = disk.ok_or_else(|| StepError::because("mount the storage", "there is no such disk"))?;
        disk.mount(place)?;
        *mounted = Some(place.to_owned());
        Ok(())
    }

    /// Has everything written that was not written yet. The machine may never go on, and what is in its memory only
    /// would be lost then.
    pub(crate) fn write_back(&self) {
        let mounted = self.mounted.lock().expect("no holder of the storage's lock panics");
        if let Some(place) = &*mounted
            && let Ok(root) = File::open(place)
        {
            // A disk that takes no more has told the program so.
            let _ = rustix::fs::syncfs(&root);
        }
    }

    /// Ends the program, whose files could keep the storage busy, and unmounts.
    pub(crate) async fn release(&self) -> Result<(), StepError> {
        let place = self.mounted.lock().expect("no holder of the storage's lock panics").take();
        let Some(place) = place else { return Ok(()) };
        fs::write(Path::new(CGROUP).join("cgroup.kill"), "1").at("end the program")?;
        let deadline = Instant::now() + DEATH;
        loop {
            match unmount(&place, UnmountFlags::empty()) {
                // Killed processes hold their files for as long as they take to go.
                Err(Errno::BUSY) if Instant::now() < deadline => sleep(LOOK).await,
                done => return done.at("unmount the storage"),
            }
        }
    }
}

impl Disk {
    fn mount(&self, place: &str) -> Result<(), StepError> {
        forget(&self.device).at("drop what is remembered of the storage")?;
        let device = format!("/proc/self/fd/{}", self.device.as_raw_fd());
        let flags = MountFlags::NODEV | MountFlags::NOSUID | MountFlags::NOATIME;
        mount(&device, place, "ext4", flags, OPTIONS).at("mount the storage")?;
        match fs::remove_dir(Path::new(place).join(LOST_AND_FOUND)) {
            // It is gone already, or somebody has found something.
            Err(error)
                if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) =>
            {
                Err(error).at("tidy up the storage")?;
            }
            _ => {}
        }
        chown(place, Some(self.user), Some(self.user)).at("hand over the storage")
    }
}

#[expect(unsafe_code, reason = "BLKFLSBUF has no safe form; without it blocks of another disk would be seen")]
fn forget(device: &File) -> rustix::io::Result<()> {
    // SAFETY: the request takes no argument.
    unsafe { ioctl(device, NoArg::<{ opcode::none(0x12, 97) }>::new()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_storage_there_is_nothing_to_show_or_to_release() {
        let storage = Storage::none();
        storage.show(None).unwrap();
        assert!(storage.show(Some("/mnt/data")).is_err());
        storage.release().await.unwrap();
    }

    #[test]
    fn the_request_is_the_kernels() {
        assert_eq!(opcode::none(0x12, 97), 0x1261);
    }
}
