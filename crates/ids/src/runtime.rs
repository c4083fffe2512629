//! Names of the Runtime service's things. The rules are the service model's patterns.

use std::fmt;
use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};
use stdx::Rng;

use crate::{IdError, id};

const SUFFIX: usize = 10;

id!(
    /// What a user calls an agent runtime.
    AgentRuntimeName,
    "agent runtime name",
    "a letter, then up to 47 letters, digits or underscores",
    is_name
);

id!(
    /// An agent runtime's id: its name, a hyphen and ten letters or digits.
    AgentRuntimeId,
    "agent runtime id",
    "a runtime's name, a hyphen and ten letters or digits",
    is_runtime_id
);

id!(
    /// An endpoint's name, also called qualifier.
    EndpointName,
    "endpoint name",
    "a letter, then up to 47 letters, digits or underscores",
    is_name
);

id!(
    /// A session's id as the caller chose it. At least 33 characters, so that nobody picks a short one that
    /// another user would pick too.
    RuntimeSessionId,
    "runtime session id",
    "33 to 256 letters, digits, hyphens or underscores, beginning with a letter or digit",
    is_session_id
);

id!(
    /// What a user calls a checkpoint of a session.
    CheckpointName,
    "checkpoint name",
    "a letter or digit, then up to 63 letters, digits, hyphens or underscores",
    is_checkpoint_name
);

fn is_checkpoint_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_name(text: &str) -> bool {
    text.len() <= 48
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn is_runtime_id(text: &str) -> bool {
    text.rsplit_once('-').is_some_and(|(name, suffix)| {
        is_name(name) && suffix.len() == SUFFIX && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn is_session_id(text: &str) -> bool {
    (33..=256).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl AgentRuntimeId {
    /// A new id for a runtime of this name.
    pub fn generate(name: &AgentRuntimeName, rng: &dyn Rng) -> Self {
        Self(format!("{name}-{}", rng.alphanumeric(SUFFIX)))
    }

    /// The name that the runtime was created with.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('-').map_or(self.as_str(), |(name, _)| name)
    }
}

impl EndpointName {
    /// The endpoint that every runtime has and that follows its newest version.
    pub fn default_endpoint() -> Self {
        Self("DEFAULT".to_owned())
    }

    /// Whether it is that endpoint.
    pub fn is_default(&self) -> bool {
        self.0 == "DEFAULT"
    }
}

impl RuntimeSessionId {
    /// A new id, for a caller that gave none.
    pub fn generate(rng: &dyn Rng) -> Self {
        Self(rng.uuid())
    }
}

/// The number of an immutable version of an agent runtime: 1 to 65,535, written without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentVersion(NonZeroU16);

impl AgentVersion {
    /// The version that a runtime is created with.
    pub const FIRST: Self = Self(NonZeroU16::MIN);

    /// Parses a decimal number without leading zeros.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let number = text.parse().ok().filter(|number: &NonZeroU16| number.to_string() == text);
        let rule = "a whole number from 1 to 65535";
        number.map(Self).ok_or_else(|| IdError::new("agent runtime version", rule, text))
    }

    /// The version after this one; `None` when there can be no more.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// The number, padded so that keys sort as numbers do.
    pub fn sort_key(self) -> String {
        format!("{:05}", self.0)
    }
}

impl fmt::Display for AgentVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TryFrom<String> for AgentVersion {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<AgentVersion> for String {
    fn from(version: AgentVersion) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use stdx::SeededRng;

    use super::*;

    #[test]
    fn generated_ids_parse() {
        let name = AgentRuntimeName::parse("hello_agent").unwrap();
        let id = AgentRuntimeId::generate(&name, &SeededRng::new(7));
        assert_eq!(id.name(), name.as_str());
        assert_eq!(AgentRuntimeId::parse(id.as_str()), Ok(id));
        let session = RuntimeSessionId::generate(&SeededRng::new(7));
        assert!(RuntimeSessionId::parse(session.as_str()).is_ok());
    }

    #[test]
    fn versions_have_one_spelling() {
        assert_eq!(AgentVersion::parse("12").unwrap().to_string(), "12");
        for bad in ["0", "01", "-1", "+1", "", "65536", "1 "] {
            assert!(AgentVersion::parse(bad).is_err(), "{bad}");
        }
        assert!(AgentVersion::parse("65535").unwrap().next().is_none());
    }

    #[test]
    fn session_ids_are_long() {
        assert!(RuntimeSessionId::parse(&"s".repeat(32)).is_err());
        assert!(RuntimeSessionId::parse(&"s".repeat(33)).is_ok());
        assert!(RuntimeSessionId::parse(&format!("{}\n", "s".repeat(33))).is_err());
    }
}
