//! A conversation from a flat list of messages.

use inference::{Content, Message, Role, ToolOutput, ToolResult, ToolUse};
use serde_json::{Map, Value};

use crate::refusal::Refusal;

/// A conversation that grows. What one side says in several messages is one turn: providers want the two sides to
/// alternate, and all results of a turn's tools together.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    system: Vec<String>,
    messages: Vec<Message>,
}

impl Turns {
    pub(crate) fn system(&mut self, text: String) {
        self.system.push(text);
    }

    pub(crate) fn say(&mut self, role: Role, content: impl IntoIterator<Item = Content>) {
        match self.messages.last_mut().filter(|last| last.role == role) {
            Some(last) => last.content.extend(content),
            None => self.messages.push(Message { role, content: content.into_iter().collect() }),
        }
    }

    pub(crate) fn result(&mut self, id: String, content: Vec<ToolOutput>) {
        self.say(Role::User, [Content::ToolResult(ToolResult { id, content, failed: false })]);
    }

    /// What the model is told before the conversation, and the conversation.
    pub(crate) fn finish(self, path: &str) -> Result<(Vec<String>, Vec<Message>), Refusal> {
        let Self { system, mut messages } = self;
        messages.retain(|message| !message.content.is_empty());
        if messages.is_empty() {
            return Err(Refusal::member(path, "must hold at least one message that is said to the model"));
        }
        Ok((system, messages))
    }
}

/// The wish for a tool that a model uttered earlier.
pub(crate) fn tool_use(id: String, name: String, arguments: &str, path: &str) -> Result<Content, Refusal> {
    let input = if arguments.trim().is_empty() {
        Value::Object(Map::new())
    } else {
        serde_json::from_str(arguments).map_err(|error| {
            Refusal::member(path, format_args!("must be the text of a JSON object ({error})"))
        })?
    };
    Ok(Content::ToolUse(ToolUse { id, name, input }))
}
