//! Whether hardware virtualisation really works here. A device file does not tell: only a guest that has booted does.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use guest_protocol::hello::Hello;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::command_line::Accelerator;
use crate::process::Starter;
use crate::vmm::{self, Plan};

const FILE: &str = "acceleration.json";
const DEVICE: &str = "/dev/kvm";

/// What an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Key {
    /// Digest of kernel, modules and guest agent.
    pub(crate) boot_files: String,
    /// QEMU's version.
    pub(crate) qemu: String,
    /// This boot of the host: its kernel and modules may differ after the next.
    pub(crate) host_boot: String,
    /// Owner, group and mode of the device: who may use it can be changed at any time.
    pub(crate) device: String,
}

/// An answer, remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Verdict {
    key: Key,
    /// Whether guests run on the processor itself.
    pub(crate) works: bool,
    /// What was seen.
    pub(crate) reason: String,
}

impl Key {
    pub(crate) fn new(boot_files: &str, qemu: &str) -> Self {
        let host_boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let device = fs::metadata(DEVICE)
            .map(|found| format!("{}:{} {:o}", found.uid(), found.gid(), found.mode()))
            .unwrap_or_default();
        Self {
            boot_files: boot_files.to_owned(),
            qemu: qemu.to_owned(),
            host_boot: host_boot.trim().to_owned(),
            device,
        }
    }
}

/// The remembered answer, if it was given under the same circumstances.
pub(crate) fn remembered(directory: &Path, key: &Key) -> Option<Verdict> {
    let text = fs::read(directory.join(FILE)).ok()?;
    serde_json::from_slice::<Verdict>(&text).ok().filter(|verdict| verdict.key == *key)
}

/// Why there is nothing to try, if the device cannot be used at all.
pub(crate) fn device_objection() -> Option<String> {
    let opened = fs::File::options().read(true).write(true).open(DEVICE);
    opened.err().map(|error| format!("{DEVICE} cannot be opened: {error}"))
}

/// Boots a guest and remembers whether it came to life in time.
pub(crate) async fn probe(
    directory: &Path,
    key: Key,
    starter: &Starter,
    plan: Plan<'_>,
    hello: &Hello,
    limit: Duration,
) -> Verdict {
    let outcome = boots(starter, plan, hello, limit).await;
    let works = outcome.is_ok();
    let reason = outcome.err().unwrap_or_else(|| "a guest booted".to_owned());
    let verdict = Verdict { key, works, reason };
    tracing::info!(works, reason = verdict.reason, "probed hardware virtualisation");
    let written = serde_json::to_vec(&verdict).map_err(std::io::Error::other);
    if let Err(error) = written.and_then(|text| fs::write(directory.join(FILE), text)) {
        tracing::warn!(%error, "the answer cannot be remembered");
    }
    verdict
}

/// Any answer of the guest agent is a sign of life; it refuses to wake, for it was never put to sleep.
async fn boots(starter: &Starter, plan: Plan<'_>, hello: &Hello, limit: Duration) -> Result<(), String> {
    debug_assert_eq!(plan.accelerator, Accelerator::Kvm);
    let mut vmm = vmm::start(starter, plan, hello).await.map_err(|error| error.to_string())?;
    let outcome = tokio::select! {
        answered = timeout(limit, &mut vmm.greeted.answered) => match answered {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err("QEMU ended".to_owned()),
            Err(_) => Err(format!("a guest did not boot within {} s", limit.as_secs())),
        },
        _ = vmm.spawned.child.wait() => Err("QEMU ended".to_owned()),
    };
    vmm.spawned.end().await;
    let last_words = vmm.spawned.console.last_words();
    outcome.map_err(|reason| format!("{reason}; {last_words}"))
}

/// Memory for the probing guest: a file that has no name.
pub(crate) fn nameless_memory(directory: &Path, mib: u32) -> std::io::Result<Arc<OwnedFd>> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = rustix::fs::open(directory, flags, Mode::from_raw_mode(0o600))?;
    rustix::fs::ftruncate(&file, u64::from(mib) << 20)?;
    Ok(Arc::new(file))
}
