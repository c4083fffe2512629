//! The script's file.

use std::path::PathBuf;
use std::time::Duration;

use inference::{ErrorKind, StopReason, Usage};
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::fill;

/// A script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It cannot be read.
    #[error("the script {path} cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It says something that is not understood.
    #[error("the script {path} is not understood: {wrong}")]
    Invalid {
        /// Which.
        path: PathBuf,
        /// Where and why.
        wrong: String,
    },
}

/// What is said when, checked.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) model: Option<String>,
    pub(crate) system: Option<Regex>,
    pub(crate) user: Option<Regex>,
    pub(crate) tool_result: Option<Regex>,
    pub(crate) times: Option<u32>,
    pub(crate) think: Option<String>,
    pub(crate) say: Vec<String>,
    pub(crate) call: Vec<Call>,
    pub(crate) stop: Option<StopReason>,
    pub(crate) usage: Option<Usage>,
    pub(crate) wait: Duration,
    pub(crate) pause: Duration,
    pub(crate) fail: Option<Failure>,
}

/// A wish to use a tool.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Call {
    pub(crate) tool: String,
    #[serde(default)]
    pub(crate) input: Map<String, Value>,
}

/// How an answer fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    reply: Vec<Written>,
}

/// A reply as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    model: Option<String>,
    system: Option<String>,
    user: Option<String>,
    tool_result: Option<String>,
    times: Option<u32>,
    think: Option<String>,
    #[serde(default)]
    say: Said,
    #[serde(default)]
    call: Vec<Call>,
    stop: Option<StopReason>,
    usage: Option<Counted>,
    #[serde(default)]
    wait_millis: u64,
    #[serde(default)]
    pause_millis: u64,
    fail: Option<Failing>,
    message: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Said {
    #[default]
    Nothing,
    Once(String),
    InPieces(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[derive(Default)]
struct Counted {
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write: u64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Failing {
    Throttled,
    Timeout,
    Unavailable,
    Failed,
    Invalid,
    ContextTooLong,
    AccessDenied,
}

pub(crate) fn parse(text: &str) -> Result<Vec<Reply>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    if file.reply.is_empty() {
        return Err("it holds no [[reply]]".to_owned());
    }
    let numbered = file.reply.into_iter().zip(1..);
    numbered
        .map(|(reply, number)| reply.check().map_err(|wrong| format!("reply {number}: {wrong}")))
        .collect()
}

impl Written {
    fn check(self) -> Result<Reply, String> {
        let fail = self.fail.map(|fail| fail.with(self.message.clone()));
        let say = match self.say {
            Said::Nothing => Vec::new(),
            Said::Once(text) => vec![text],
            Said::InPieces(texts) => texts,
        };
        if say.is_empty() && self.call.is_empty() && fail.is_none() {
            return Err("it says nothing: give it `say`, `call` or `fail`".to_owned());
        }
        if self.message.is_some() && fail.is_none() {
            return Err("`message` belongs to `fail`".to_owned());
        }
        let reply = Reply {
            model: self.model,
            system: expression("system", self.system.as_deref())?,
            user: expression("user", self.user.as_deref())?,
            tool_result: expression("tool-result", self.tool_result.as_deref())?,
            times: self.times,
            think: self.think,
            say,
            call: self.call,
            stop: self.stop,
            usage: self.usage.map(Counted::tokens),
            wait: Duration::from_millis(self.wait_millis),
            pause: Duration::from_millis(self.pause_millis),
            fail,
        };
        fill::check(&reply)?;
        Ok(reply)
    }
}

fn expression(member: &str, text: Option<&str>) -> Result<Option<Regex>, String> {
    let compiled = text.map(Regex::new).transpose();
    compiled.map_err(|error| format!("`{member}` is no regular expression: {error}"))
}

impl Counted {
    fn tokens(self) -> Usage {
        Usage {
            input_tokens: self.input,
            output_tokens: self.output,
            cache_read_tokens: self.cache_read,
            cache_write_tokens: self.cache_write,
        }
    }
}

impl Failing {
    fn with(self, message: Option<String>) -> Failure {
        let (kind, usual) = match self {
            Self::Throttled => {
                (ErrorKind::Throttled { retry_after: None }, "The script wants fewer requests.")
            }
            Self::Timeout => (ErrorKind::Timeout, "The script does not answer in time."),
            Self::Unavailable => (ErrorKind::Unavailable, "The script is not available."),
            Self::Failed => (ErrorKind::Failed, "The script fails."),
            Self::Invalid => (ErrorKind::Invalid, "The script does not accept the request."),
            Self::ContextTooLong => {
                (ErrorKind::ContextTooLong, "The conversation is too long for the script.")
            }
            Self::AccessDenied => (ErrorKind::AccessDenied, "The script does not let you in."),
        };
        Failure { kind, message: message.unwrap_or_else(|| usual.to_owned()) }
    }
}
