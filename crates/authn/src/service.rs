//! How the services differ in what they ask of a signature.

use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A service that may stand in a credential scope, with its habits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub(crate) name: String,
    pub(crate) paths: PathStyle,
    pub(crate) skew: Duration,
    /// What a presigned query without a payload hash stands for.
    pub(crate) presigned_body_unsigned: bool,
    /// Whether requests name the hash of their payload in a header.
    pub(crate) names_payload: bool,
}

/// How the path enters the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathStyle {
    /// The encoded path is encoded once more, after dot segments and doubled slashes are removed.
    EncodedTwice,
    /// The path is an object key: encoded once, and every character counts.
    Key,
}

impl Service {
    /// Most services: path encoded twice, five minutes of skew.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            paths: PathStyle::EncodedTwice,
            skew: 5 * MINUTE,
            presigned_body_unsigned: false,
            names_payload: false,
        }
    }

    /// S3: the path is the key as it is, presigned bodies are unsigned, fifteen minutes of skew.
    pub fn s3() -> Self {
        Self {
            name: "s3".to_owned(),
            paths: PathStyle::Key,
            skew: 15 * MINUTE,
            presigned_body_unsigned: true,
            names_payload: true,
        }
    }

    /// STS: like most, with fifteen minutes of skew.
    pub fn sts() -> Self {
        Self { skew: 15 * MINUTE, ..Self::new("sts") }
    }

    /// The name as it stands in the credential scope.
    pub fn name(&self) -> &str {
        &self.name
    }
}
