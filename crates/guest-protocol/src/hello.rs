//! The first record of each connection and its answer.

use serde::{Deserialize, Serialize};

/// What the host begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Hello {
    /// The machine has just booted: mount the disks and start the program.
    Boot {
        /// What to start.
        boot: Boot,
        /// Who this machine is.
        wake: Wake,
    },
    /// The machine was restored from a snapshot (or frozen and goes on): become someone new.
    Wake {
        /// Who this machine is now.
        wake: Wake,
    },
}

/// What to mount and start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// Where the code layer is mounted.
    pub code_mount: String,
    /// Program and arguments.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// Its working directory.
    pub working_directory: String,
    /// The program's user and group id inside.
    pub user: u32,
    /// The TCP port it listens on.
    pub port: u16,
    /// The path of the readiness probe.
    pub ready_path: String,
    /// How long it may take to become ready, in milliseconds from its start.
    pub ready_within_ms: u64,
    /// Processes and threads it may have.
    pub processes: u32,
    /// Where a storage will be mounted by some later wake; an empty directory until then.
    #[serde(default)]
    pub storage: Option<String>,
}

/// What differs between two machines restored from one snapshot.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Nanoseconds since the Unix epoch on the host: now, or, for a machine that boots, when it was switched on.
    pub epoch_ns: u64,
    /// Host name.
    pub hostname: String,
    /// The machine's new boot id, a UUID.
    pub boot_id: String,
    /// Fresh randomness for the kernel, 64 bytes in hexadecimal. A secret.
    pub entropy: String,
    /// Where to mount the storage, unless it is mounted already. It was not touched before: what the kernel remembers
    /// of it is of another one.
    #[serde(default)]
    pub storage: Option<String>,
}

impl std::fmt::Debug for Wake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Wake").field("hostname", &self.hostname).finish_non_exhaustive()
    }
}

/// What the guest sends outside of HTTP/2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Answer {
    /// HTTP/2 follows.
    Awake,
    /// The hello could not be obeyed.
    Failed {
        /// Which step failed and how.
        reason: String,
    },
    /// Quiet: nothing will be written until the next hello. Now is the time for a snapshot.
    Frozen,
}
