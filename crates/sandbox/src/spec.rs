//! What a sandbox is made from.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses 1 to 128 characters of `[A-Za-z0-9._-]` that do not begin with a dot: safe as a file name.
            pub fn parse(text: &str) -> Option<Self> {
                let fits = (1..=128).contains(&text.len()) && !text.starts_with('.');
                let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
                (fits && plain).then(|| Self(text.to_owned()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).ok_or_else(|| format!("not a plain name: {text:?}"))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
    };
}

name!(
    /// Names one sandbox.
    SandboxId
);
name!(
    /// Names a template; chosen by the caller.
    TemplateName
);
name!(
    /// Names a layer; chosen by the caller, best from the digest of its content.
    LayerName
);
name!(
    /// Names a snapshot; chosen by the caller, never used twice.
    SnapshotName
);
name!(
    /// Names a storage; chosen by the caller.
    StorageName
);

/// A read-only file tree, packed, ready to be mounted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name.
    pub name: LayerName,
    /// Bytes on disk.
    pub size: u64,
}

/// The program that runs inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The program and its arguments; the program is looked up in `PATH` of `environment`.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub environment: Vec<(String, String)>,
    /// Where it starts; inside the sandbox.
    pub working_directory: String,
}

/// When the program counts as started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// The TCP port it listens on, inside.
    pub port: u16,
    /// A `GET` on this path must answer 200. The port also takes the exchanges.
    pub path: String,
    /// How long that may take from the program's start (the boot before it is not counted).
    pub within: Duration,
}

/// What one sandbox may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Virtual processors.
    pub vcpus: u8,
    /// Memory, kernel included.
    pub memory_mib: u32,
    /// Writable disk.
    pub disk_mib: u32,
    /// Processes and threads of the program.
    pub processes: u32,
    /// How long it may live, counted from its start.
    pub wall_clock: Duration,
}

/// What is asked of the program between its readiness and the freeze of its template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warmup {
    /// The TCP port that takes the request, if it is not the one of [`Ready`].
    pub port: Option<u16>,
    /// A `POST` on this path must be answered with a status from 200 to 299.
    pub path: String,
    /// How long that may take.
    pub within: Duration,
}

/// A disk that a sandbox may bring along and that outlives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// Where it is mounted inside once the sandbox has its identity; in a template that place is an empty directory.
    pub mount: String,
    /// How much it holds.
    pub size_mib: u32,
}

/// Everything a template is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateSpec {
    /// What to call it.
    pub name: TemplateName,
    /// Name of the base image.
    pub base: String,
    /// The code, mounted read-only beneath the writable overlay at `code_mount`.
    pub code: Layer,
    /// Where the code is found inside, such as `/var/task`.
    pub code_mount: String,
    /// What to run.
    pub program: Program,
    /// When it counts as started.
    pub ready: Ready,
    /// What it is asked to do before it is frozen.
    #[serde(default)]
    pub warmup: Option<Warmup>,
    /// The disk that its sandboxes may bring along.
    #[serde(default)]
    pub storage: Option<Storage>,
    /// What it may use.
    pub limits: Limits,
}

/// A frozen machine to start sandboxes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name.
    pub name: TemplateName,
    /// From the process's start to its readiness.
    pub boot: Duration,
    /// Time to freeze it.
    pub freeze: Duration,
    /// Bytes it takes on disk.
    pub size: u64,
}

/// A sandbox that was frozen to be continued later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name.
    pub name: SnapshotName,
    /// Time to freeze it.
    pub freeze: Duration,
    /// Bytes it takes on disk beyond what it shares with its template.
    pub size: u64,
}

/// What makes a sandbox different from its siblings; delivered after the restore, never part of a template.
/// (Entropy, boot id and time are added by the engine itself.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The sandbox's id.
    pub id: SandboxId,
    /// Its host name. A snapshot that is resumed under the host name it had goes on as the same machine; under
    /// another one it is a clone, with a boot id of its own.
    pub hostname: String,
    /// The storage that it brings along, made empty if there is none of that name. Only one sandbox at a time has
    /// it; a sandbox without one, though its template provides for it, finds an empty directory. A snapshot goes on
    /// with a storage if and only if it was frozen with one.
    pub storage: Option<StorageName>,
}

impl Identity {
    /// An identity without storage.
    pub fn new(id: SandboxId, hostname: impl Into<String>) -> Self {
        Self { id, hostname: hostname.into(), storage: None }
    }
}
