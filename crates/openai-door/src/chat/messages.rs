//! Messages as turns.

use inference::{Content, Message as Turn, Role, ToolOutput};

use super::wire::{File, Message, Part, Said, ToolCall};
use crate::body::TextOr;
use crate::data_url;
use crate::refusal::Refusal;
use crate::turns::{Turns, tool_use};

/// What the model is told before the conversation, and the conversation.
pub(super) fn turns(messages: Vec<Message>) -> Result<(Vec<String>, Vec<Turn>), Refusal> {
    let mut turns = Turns::default();
    for (index, message) in messages.into_iter().enumerate() {
        let path = format!("messages[{index}]");
        match message {
            Message::System { content } | Message::Developer { content } => turns.system(text(content)),
            Message::User { content } => turns.say(Role::User, user(content, &path)?),
            Message::Assistant { content, tool_calls, refusal } => {
                let said = content.map(text).or(refusal).filter(|said| !said.is_empty());
                turns.say(Role::Assistant, said.map(Content::Text));
                for (index, call) in tool_calls.into_iter().flatten().enumerate() {
                    turns.say(Role::Assistant, [wish(call, &format!("{path}.tool_calls[{index}]"))?]);
                }
            }
            Message::Tool { content, tool_call_id } => {
                turns.result(tool_call_id, vec![ToolOutput::Text(text(content))]);
            }
        }
    }
    turns.finish("messages")
}

fn text(content: TextOr<Said>) -> String {
    match content {
        TextOr::Text(text) => text,
        TextOr::List(parts) => {
            let texts = parts.into_iter().map(|part| match part {
                Said::Text { text } => text,
                Said::Refusal { refusal } => refusal,
            });
            texts.collect()
        }
    }
}

fn user(content: TextOr<Part>, path: &str) -> Result<Vec<Content>, Refusal> {
    let parts = match content {
        TextOr::Text(text) => return Ok(vec![Content::Text(text)]),
        TextOr::List(parts) => parts,
    };
    let parts = parts.into_iter().enumerate().map(|(index, part)| {
        let path = format!("{path}.content[{index}]");
        match part {
            Part::Text { text } => Ok(Content::Text(text)),
            Part::ImageUrl { image_url } => {
                data_url::image(&image_url.url, &format!("{path}.image_url.url")).map(Content::Image)
            }
            Part::File { file } => document(&file, &format!("{path}.file")),
        }
    });
    parts.collect()
}

fn document(file: &File, path: &str) -> Result<Content, Refusal> {
    let Some(data) = &file.file_data else {
        return Err(Refusal::member(path, "no files are kept here; send the content as `file_data`"));
    };
    let document = data_url::document(data, file.filename.as_deref(), &format!("{path}.file_data"))?;
    Ok(Content::Document(document))
}

fn wish(call: ToolCall, path: &str) -> Result<Content, Refusal> {
    let path = format!("{path}.function.arguments");
    tool_use(call.id, call.function.name, &call.function.arguments, &path)
}
