//! The service's own picture of an agent runtime.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a version of an agent runtime is made of: what the service acts on, and the rest as it came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentSpec {
    /// The code.
    pub artifact: CodeArtifact,
    /// Variables of the program's environment, as the user set them.
    pub environment: BTreeMap<String, String>,
    /// How to talk to the program.
    pub protocol: Protocol,
    /// How long sessions live.
    pub lifecycle: Lifecycle,
    /// What the program is asked to do once, before any session.
    #[serde(default)]
    pub warm_up: Option<WarmUp>,
    /// The disk that outlives a session.
    #[serde(default)]
    pub session_storage: Option<SessionStorage>,
    /// Request headers that are handed on to the program, lower case.
    pub header_allowlist: Vec<String>,
    /// The least memory that its sandboxes have, where the user asked for so much.
    #[serde(default)]
    pub minimum_memory_mib: Option<u32>,
    /// The description, for listings.
    pub description: Option<String>,
    /// Every member of the request that describes the version, for the answers that show it again.
    pub document: Value,
}

/// Code in an object store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeArtifact {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// What runs it.
    pub interpreter: Interpreter,
    /// What to start: a file, or `opentelemetry-instrument` and a file.
    pub entry_point: EntryPoint,
}

/// A language runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpreter {
    /// CPython of this minor version.
    Python {
        /// The 11 of 3.11.
        minor: u8,
    },
    /// Node.js of this major version.
    Node {
        /// The 22 of 22.x.
        major: u8,
    },
}

impl Interpreter {
    /// The program's name in a base image, by which bases say what they have.
    pub fn program(self) -> String {
        match self {
            Self::Python { minor } => format!("python3.{minor}"),
            Self::Node { major } => format!("node{major}"),
        }
    }

    /// AgentCore's name for it.
    pub fn wire_name(self) -> String {
        match self {
            Self::Python { minor } => format!("PYTHON_3_{minor}"),
            Self::Node { major } => format!("NODE_{major}"),
        }
    }
}

/// What is started.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EntryPoint {
    /// The file, relative to the code's root.
    pub file: String,
    /// Whether OpenTelemetry's auto-instrumentation wraps it.
    pub instrumented: bool,
}

/// How to talk to the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// The TCP port it listens on.
    pub port: u16,
    /// The path that takes invocations.
    pub path: String,
}

impl Default for Protocol {
    fn default() -> Self {
        Self { port: 8080, path: "/invocations".to_owned() }
    }
}

/// A `POST` that a program is to answer with success before its version counts as built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarmUp {
    /// The TCP port that takes it, if not the one of [`Protocol`].
    pub port: Option<u16>,
    /// Its path.
    pub path: String,
}

/// A disk of a session's own, which the next session with the same id finds again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStorage {
    /// Where the program finds it.
    pub mount: String,
}

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// Without a request and not busy.
    pub idle: Duration,
    /// At all.
    pub lifetime: Duration,
}

impl Lifecycle {
    /// Applies AgentCore's defaults: 900 s and 28,800 s; a lifetime below 900 s that comes alone counts for both.
    /// `None` if the session would be idle for longer than it may live.
    pub fn from_seconds(idle: Option<u64>, lifetime: Option<u64>) -> Option<Self> {
        let lifetime_seconds = lifetime.unwrap_or(28_800);
        let idle_seconds = idle.unwrap_or(lifetime_seconds.min(900));
        (idle_seconds <= lifetime_seconds).then(|| Self {
            idle: Duration::from_secs(idle_seconds),
            lifetime: Duration::from_secs(lifetime_seconds),
        })
    }
}

/// The documented states of a runtime or an endpoint. Derived from the records, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Its first version is being built.
    Creating,
    /// Its first version could not be built.
    CreateFailed,
    /// A later version is being built.
    Updating,
    /// A later version could not be built.
    UpdateFailed,
    /// It can be invoked.
    Ready,
    /// It is going away.
    Deleting,
}

impl Status {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::CreateFailed => "CREATE_FAILED",
            Self::Updating => "UPDATING",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::Ready => "READY",
            Self::Deleting => "DELETING",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifecycle_defaults() {
        let seconds = |idle, lifetime| {
            Lifecycle::from_seconds(idle, lifetime)
                .map(|cycle| (cycle.idle.as_secs(), cycle.lifetime.as_secs()))
        };
        assert_eq!(seconds(None, None), Some((900, 28_800)));
        assert_eq!(seconds(None, Some(300)), Some((300, 300)));
        assert_eq!(seconds(Some(60), None), Some((60, 28_800)));
        assert_eq!(seconds(Some(600), Some(300)), None);
    }
}
