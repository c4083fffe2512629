//! How memories learn and are searched.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

/// How memories learn and are searched.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Memory {
    /// The name, in the models file, of the model that strategies ask unless they name one; `default` unless set.
    pub model: Option<String>,
    /// The name, in the models file, of the embedder; `default` unless set.
    pub embedder: Option<String>,
    /// A session is learned from once there are so many messages,
    pub extract_after_messages: Option<u32>,
    /// or so many tokens,
    pub extract_after_tokens: Option<u32>,
    /// or nothing came for so many seconds.
    pub extract_when_idle_seconds: Option<u64>,
    /// How many sessions are learned from at once.
    pub concurrent_extractions: Option<usize>,
    /// How often memories may be called; as often as the machine can answer unless set.
    pub request_rates: Option<RequestRates>,
    /// Where changes of records go, by the ARN of the stream that a memory names.
    #[serde(default)]
    pub streams: BTreeMap<String, Destination>,
    /// Where self-managed strategies announce conversations, by the ARN of the topic that a strategy names.
    #[serde(default)]
    pub topics: BTreeMap<String, Destination>,
}

/// How often memories may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RequestRates {
    /// As often as the machine can answer.
    Unlimited,
    /// As often as AgentCore allows unless asked for more.
    Agentcore,
}

/// Where notices go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// An address that takes them as HTTP requests.
    Webhook(String),
    /// A file that they are appended to, one a line.
    File(PathBuf),
}

impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(Self::Webhook(text));
        }
        let path = PathBuf::from(text.strip_prefix("file://").unwrap_or(&text));
        if path.is_absolute() {
            return Ok(Self::File(path));
        }
        Err(serde::de::Error::custom(format!(
            "{text:?} is neither a webhook such as \"https://example.com/hook\" nor the absolute path of a file"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_typos_are_found() {
        let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/records";
        let text = format!(
            "model = \"small\"\nrequest-rates = \"agentcore\"\nextract-when-idle-seconds = 3\n[streams]\n\"{arn}\" = \"https://example.com/hook\"\n\
             [topics]\n\"arn:aws:sns:us-east-1:000000000000:t\" = \"file:///var/log/topic.jsonl\"\n"
        );
        let memory: Memory = toml::from_str(&text).unwrap();
        assert_eq!((memory.model.as_deref(), memory.extract_when_idle_seconds), (Some("small"), Some(3)));
        assert_eq!(memory.request_rates, Some(RequestRates::Agentcore));
        assert_eq!(memory.streams[arn], Destination::Webhook("https://example.com/hook".to_owned()));
        let (_, topic) = memory.topics.first_key_value().unwrap();
        assert_eq!(*topic, Destination::File(PathBuf::from("/var/log/topic.jsonl")));
        assert!(toml::from_str::<Memory>("extract-after-message = 3").is_err());
        assert!(toml::from_str::<Memory>("request-rates = \"some\"").is_err());
        let error = toml::from_str::<Memory>("[streams]\na = \"records.jsonl\"").unwrap_err().to_string();
        assert!(error.contains("neither a webhook"), "{error}");
    }
}
