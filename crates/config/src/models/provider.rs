//! Who answers, and how it is reached.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A provider of models. Which members mean something depends on its kind.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Provider {
    /// Which format it speaks.
    pub kind: ProviderKind,
    /// Where it is reached; the kind's own place unless set.
    pub base_url: Option<String>,
    /// The key that it wants, or a bearer key of Bedrock's.
    pub api_key: Option<Secret>,
    /// Bedrock: the region.
    pub region: Option<String>,
    /// Bedrock: the profile of AWS's credentials file; where AWS's own programs look unless anything is set.
    pub profile: Option<String>,
    /// Bedrock: the access key's id.
    pub access_key_id: Option<Secret>,
    /// Bedrock: the access key's secret.
    pub secret_access_key: Option<Secret>,
    /// Bedrock: the token of temporary credentials.
    pub session_token: Option<Secret>,
    /// Scripted: the file with the answers; relative to the models file.
    pub script: Option<PathBuf>,
    /// Further headers for each request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How often a request that was not answered is sent again.
    pub retries: Option<u32>,
    /// Seconds that a connection may take to come about.
    pub connect_seconds: Option<u64>,
    /// Seconds that an answer may take to begin.
    pub first_byte_seconds: Option<u64>,
    /// Seconds that an answer may pause.
    pub idle_seconds: Option<u64>,
}

/// Which format a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// OpenAI's chat completions, which many others speak as well.
    #[serde(rename = "openai")]
    OpenAi,
    /// OpenAI's responses.
    #[serde(rename = "openai-responses")]
    OpenAiResponses,
    /// Anthropic's messages.
    Anthropic,
    /// Gemini's own API.
    Gemini,
    /// Bedrock's Converse.
    Bedrock,
    /// Declared answers from a file.
    Scripted,
}

/// Where a secret is read, at each use, so that it can be changed without a restart. The file never holds one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Secret {
    /// From this environment variable.
    Env(String),
    /// From this file, without white space around it; relative to the models file.
    File(PathBuf),
}

const SECRET: &str = "{ env = \"NAME\" } or { file = \"PATH\" }";

/// Somebody who writes a key where its place belongs must not find it in an error or a log, so none of them quotes it.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Place;
        impl<'de> Visitor<'de> for Place {
            type Value = Secret;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(SECRET)
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Secret, E> {
                Err(E::custom(format!("a secret is not written here, but where it is found: {SECRET}")))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
                let wrong = || A::Error::custom(format!("write {SECRET}"));
                let place = match map.next_key::<String>()?.as_deref() {
                    Some("env") => Secret::Env(map.next_value()?),
                    Some("file") => Secret::File(map.next_value()?),
                    _ => return Err(wrong()),
                };
                match map.next_key::<String>()? {
                    None => Ok(place),
                    Some(_) => Err(wrong()),
                }
            }
        }
        deserializer.deserialize_any(Place)
    }
}

impl ProviderKind {
    /// The word that the file uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenAiResponses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
            Self::Scripted => "scripted",
        }
    }

    /// Whether nothing is to be paid for it.
    pub const fn is_free(self) -> bool {
        matches!(self, Self::Scripted)
    }
}
