//! Who owns a sandbox's directory: written before its process is started, so that a later server knows what to end.

use std::fs;
use std::io;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

use crate::accounting::start_time;

const FILE: &str = "owner.json";
/// How long the kernel may take to end what was killed.
const DEATH: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// A sandbox's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) start_time: u64,
}

/// The owner row of a sandbox's directory.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The server that made it.
    pub(crate) server: u32,
    /// Its virtual machine, once there is one.
    pub(crate) vmm: Option<Process>,
}

impl Owner {
    pub(crate) fn write(&self, home: &Path) -> io::Result<()> {
        fs::write(home.join(FILE), serde_json::to_vec(self).map_err(io::Error::other)?)
    }

    pub(crate) fn read(home: &Path) -> io::Result<Self> {
        serde_json::from_slice(&fs::read(home.join(FILE))?).map_err(io::Error::other)
    }
}

impl Process {
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        Ok(Self { pid, start_time: start_time(pid)? })
    }

    /// Kills the process if it is still the same one and `ours` agrees, and waits until it is gone. Says whether
    /// it was there.
    pub(crate) async fn kill(self, ours: impl Fn(u32) -> bool) -> io::Result<bool> {
        let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) else { return Ok(false) };
        // From here on the number cannot come to mean another process unnoticed.
        let Ok(held) = pidfd_open(pid, PidfdFlags::NONBLOCK) else { return Ok(false) };
        if start_time(self.pid).ok() != Some(self.start_time) || !ours(self.pid) {
            return Ok(false);
        }
        match pidfd_send_signal(&held, Signal::KILL) {
            Ok(()) => {}
            Err(rustix::io::Errno::SRCH) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
        let gone = tokio::task::spawn_blocking(move || {
            let mut held = [PollFd::new(&held, PollFlags::IN)];
            poll(&mut held, Some(&DEATH))
        });
        if gone.await.map_err(io::Error::other)?? == 0 {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "a killed process does not end"));
        }
        Ok(true)
    }
}
