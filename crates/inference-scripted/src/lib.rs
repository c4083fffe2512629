//! A provider that answers from a script, word by word: for tests, demonstrations and work without a network. It is
//! called "scripted" wherever it shows, and answers nothing that its script does not say.
//!
//! A script is a TOML file with a list of replies. The first one whose conditions hold is played:
//!
//! ```toml
//! [[reply]]
//! user = 'weather in (?<city>\w+)'   # a regular expression, sought in the last text that the user wrote
//! say = "Let me look."               # text, or a list of texts that arrive one after the other
//! call = [{ tool = "weather", input = { city = "$city" } }]
//!
//! [[reply]]
//! tool-result = '(?<degrees>-?\d+)'  # sought in the results of tools, if the last turn brings some
//! say = ["It is ", "$degrees", " degrees."]
//! ```
//!
//! | member | what it does |
//! | --- | --- |
//! | `model`, `system`, `user`, `tool-result` | conditions: the model's id; expressions sought in what the model is told before the conversation, in the user's last text, in the results of tools. A reply without `tool-result` is not played when the last turn brings results, and one with it only then |
//! | `times` | how often the reply may be played |
//! | `think`, `say`, `call` | what is said, in this order; `$name`, `${name}` and `$1` stand for what the expressions found, `$$` for a dollar |
//! | `stop` | why the answer ends, in Converse's words, where it is not the evident reason |
//! | `usage` | tokens: `input`, `output`, `cache-read`, `cache-write`; words are counted where nothing is said |
//! | `wait-millis`, `pause-millis` | how long before the answer begins, and before each further piece of it |
//! | `fail`, `message` | the answer ends in this error, or is it, if nothing is said before: `throttled`, `timeout`, `unavailable`, `failed`, `invalid`, `context-too-long`, `access-denied` |

mod fill;
mod pick;
mod play;
mod script;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use inference::{ErrorKind, Events, ModelError, Provider, Request};
use stdx::{BoxFuture, Clock};

pub use script::ScriptError;

use crate::script::Reply;

/// A provider that plays a script.
pub struct Scripted {
    replies: Vec<Part>,
    clock: Arc<dyn Clock>,
}

/// A reply, and how often it was played.
struct Part {
    reply: Reply,
    played: AtomicU32,
}

impl Scripted {
    /// Reads a script.
    pub fn load(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, ScriptError> {
        let unreadable = |source| ScriptError::Unreadable { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(&text, clock).map_err(|wrong| ScriptError::Invalid { path: path.to_owned(), wrong })
    }

    /// Understands a script's text; the error says what is wrong with it.
    pub fn parse(text: &str, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let replies = script::parse(text)?.into_iter();
        Ok(Self { replies: replies.map(|reply| Part { reply, played: AtomicU32::new(0) }).collect(), clock })
    }
}

impl Provider for Scripted {
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(async move {
            let Some((reply, found)) = pick::pick(&self.replies, request) else {
                let message = "The script has no reply to this conversation. Add a [[reply]] whose conditions hold for it.";
                return Err(ModelError::new(ErrorKind::Invalid, message));
            };
            play::play(reply, &found, request, &self.clock).await
        })
    }

    fn count_tokens<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>> {
        Box::pin(async move { Ok(Some(play::words_of(request))) })
    }
}
