//! Whom machines run as. When the server is root every machine gets a user id of its own, and all machines of one
//! template a group id that may map its memory; otherwise they run as the server does.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{Gid, Mode, Uid, fchmod, fchown, fstat};
use stdx::Rng;

use crate::command_line::Accelerator;
use crate::process::Credentials;

/// Far above the ids that systems hand out.
const FIRST: u32 = 0x6f00_0000;
const RANGE: u32 = 1 << 16;

/// Hands out ids.
pub(crate) struct Users {
    root: bool,
    next: AtomicU32,
}

impl Users {
    pub(crate) fn new() -> Self {
        Self { root: rustix::process::geteuid().is_root(), next: AtomicU32::new(0) }
    }

    /// Makes a template's memory accessible to a group of its own.
    pub(crate) fn own_memory(&self, ram: impl AsFd, rng: &dyn Rng) -> io::Result<()> {
        if !self.root {
            return Ok(());
        }
        let mut bytes = [0; 4];
        rng.fill(&mut bytes);
        let group = Gid::from_raw(FIRST + u32::from_le_bytes(bytes) % RANGE);
        fchown(&ram, None, Some(group))?;
        Ok(fchmod(ram, Mode::from_raw_mode(0o660))?)
    }

    /// Whom a machine with this memory runs as; `None` is as the server.
    pub(crate) fn credentials(
        &self,
        ram: impl AsFd,
        accelerator: Accelerator,
    ) -> io::Result<Option<Credentials>> {
        if !self.root {
            return Ok(None);
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed) % RANGE;
        let supplementary = match accelerator {
            Accelerator::Kvm => vec![Gid::from_raw(fs::metadata("/dev/kvm")?.gid())],
            Accelerator::Emulated => Vec::new(),
        };
        let group = Gid::from_raw(fstat(ram)?.st_gid);
        Ok(Some(Credentials { user: Uid::from_raw(FIRST + number), group, supplementary }))
    }
}
