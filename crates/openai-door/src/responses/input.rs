//! Input items as turns.

use inference::{Content, Message as Turn, Role as Side, ToolOutput};

use super::item;
use super::wire::{Item, Message, Part, Role};
use crate::body::TextOr;
use crate::data_url;
use crate::refusal::Refusal;
use crate::turns::{Turns, tool_use};

/// What the model is told before the conversation, and the conversation.
pub(super) fn turns(input: TextOr<Item>) -> Result<(Vec<String>, Vec<Turn>), Refusal> {
    let mut turns = Turns::default();
    let items = match input {
        TextOr::Text(text) => {
            turns.say(Side::User, [Content::Text(text)]);
            Vec::new()
        }
        TextOr::List(items) => items,
    };
    for (index, item) in items.into_iter().enumerate() {
        let path = format!("input[{index}]");
        match item {
            Item::Message(message) => say(&mut turns, message, &path)?,
            Item::FunctionCall(call) => {
                let path = format!("{path}.arguments");
                turns.say(Side::Assistant, [tool_use(call.call_id, call.name, &call.arguments, &path)?]);
            }
            Item::FunctionCallOutput(output) => {
                let said = contents(output.output, &format!("{path}.output"))?;
                turns.result(output.call_id, said.into_iter().filter_map(output_of).collect());
            }
            // Thoughts that are not ours to read are left out: another server made them.
            Item::Reasoning(thought) => {
                let own = thought.encrypted_content.as_deref().and_then(item::unpack);
                turns.say(Side::Assistant, own.map(Content::Reasoning));
            }
        }
    }
    turns.finish("input")
}

fn say(turns: &mut Turns, message: Message, path: &str) -> Result<(), Refusal> {
    let content = contents(message.content, &format!("{path}.content"))?;
    match message.role {
        Role::User => turns.say(Side::User, content),
        Role::Assistant => turns.say(Side::Assistant, content),
        Role::System | Role::Developer => turns.system(Turn { role: Side::User, content }.plain_text()),
    }
    Ok(())
}

fn contents(content: TextOr<Part>, path: &str) -> Result<Vec<Content>, Refusal> {
    let parts = match content {
        TextOr::Text(text) => return Ok(vec![Content::Text(text)]),
        TextOr::List(parts) => parts,
    };
    let contents = parts.into_iter().enumerate();
    contents.map(|(index, part)| of_part(part, &format!("{path}[{index}]"))).collect()
}

fn of_part(part: Part, path: &str) -> Result<Content, Refusal> {
    const NOT_KEPT: &str = "no files are kept here, and none are fetched; send the content as a `data:` URL";
    match part {
        Part::InputText { text } | Part::OutputText { text } | Part::Refusal { refusal: text } => {
            Ok(Content::Text(text))
        }
        Part::InputImage { image_url: Some(url) } => {
            data_url::image(&url, &format!("{path}.image_url")).map(Content::Image)
        }
        Part::InputFile { file_data: Some(data), filename } => {
            let path = format!("{path}.file_data");
            data_url::document(&data, filename.as_deref(), &path).map(Content::Document)
        }
        Part::InputImage { image_url: None } | Part::InputFile { file_data: None, .. } => {
            Err(Refusal::member(path, NOT_KEPT))
        }
    }
}

fn output_of(content: Content) -> Option<ToolOutput> {
    match content {
        Content::Text(text) => Some(ToolOutput::Text(text)),
        Content::Image(image) => Some(ToolOutput::Image(image)),
        Content::Document(document) => Some(ToolOutput::Document(document)),
        // A part becomes nothing else.
        _ => None,
    }
}
