//! A conversation on Bedrock's wire as the inference port has it.

mod content;
mod extra;
mod media;
pub(crate) mod objects;
mod tools;

use bedrock_api::runtime::model as wire;
use bedrock_api::runtime::model::SystemContentBlock as System;
use fault::{Fault, Result};
use inference::{Message, Output, Request, Role, Sampling, Thinking};
use restjson::Value;

use crate::guard::Places;

/// The members that Converse, ConverseStream and CountTokens have in common.
#[derive(Default)]
pub(crate) struct Conversation {
    pub(crate) model: String,
    pub(crate) messages: Option<Vec<wire::Message>>,
    pub(crate) system: Option<Vec<System>>,
    pub(crate) inference: Option<wire::InferenceConfiguration>,
    pub(crate) tools: Option<wire::ToolConfiguration>,
    pub(crate) output: Option<wire::OutputConfig>,
    pub(crate) additional: Option<Value>,
    /// Whether it fills in a prompt that is kept elsewhere.
    pub(crate) has_variables: bool,
}

impl Conversation {
    /// The request, and where a guardrail is to look. What the port has no word for is refused.
    pub(crate) fn into_request(self) -> Result<(Request, Places)> {
        if self.has_variables {
            let why = "belongs to prompts that Bedrock keeps: send the messages themselves";
            return Err(Fault::field("promptVariables", why));
        }
        let mut request = Request { model: self.model, ..Request::default() };
        let mut places = Places::default();
        for (index, block) in self.system.unwrap_or_default().into_iter().enumerate() {
            request.cache.system |= matches!(block, System::CachePoint(_));
            if matches!(block, System::GuardContent(_)) {
                places.mark_system(request.system.len());
            }
            request.system.extend(system_text(block, &format!("system[{index}]"))?);
        }
        for (index, message) in self.messages.unwrap_or_default().into_iter().enumerate() {
            add_message(&mut request, &mut places, message, &format!("messages[{index}]"))?;
        }
        if request.messages.is_empty() {
            return Err(Fault::field("messages", "must hold a conversation that the model can continue"));
        }
        request.sampling = self.inference.map(sampling).unwrap_or_default();
        if let Some(config) = self.tools {
            tools::read(config, &mut request)?;
        }
        if let Some(config) = self.output {
            read_output(config, &mut request)?;
        }
        if let Some(additional) = self.additional {
            extra::read(additional, &mut request)?;
        }
        Ok((request, places))
    }
}

/// A system block's text; a cache point has none.
fn system_text(block: System, path: &str) -> Result<Option<String>> {
    match block {
        System::Text(text) => Ok(Some(text)),
        System::GuardContent(wire::GuardrailConverseContentBlock::Text(block)) => Ok(Some(block.text)),
        System::GuardContent(wire::GuardrailConverseContentBlock::Image(_)) => {
            Err(Fault::field(format!("{path}.guardContent"), "must be text"))
        }
        System::CachePoint(_) => Ok(None),
    }
}

fn add_message(request: &mut Request, places: &mut Places, message: wire::Message, path: &str) -> Result<()> {
    let role = match message.role {
        wire::ConversationRole::User => Role::User,
        wire::ConversationRole::Assistant => Role::Assistant,
        wire::ConversationRole::System => return add_system(request, message.content, path),
    };
    let guarded = message.content.iter().enumerate();
    let guarded = guarded.filter(|(_, block)| matches!(block, wire::ContentBlock::GuardContent(_)));
    guarded.for_each(|(place, _)| places.mark(request.messages.len(), place));
    let blocks = message.content.into_iter().enumerate();
    let content = blocks.map(|(index, block)| content::read(block, &format!("{path}.content[{index}]")));
    request.messages.push(Message { role, content: content.collect::<Result<_>>()? });
    Ok(())
}

/// What a model is told before the conversation may stand at the head of the messages, too.
fn add_system(request: &mut Request, content: Vec<wire::ContentBlock>, path: &str) -> Result<()> {
    if !request.messages.is_empty() {
        return Err(Fault::field(path, "a system message must come before all others"));
    }
    for (index, block) in content.into_iter().enumerate() {
        let wire::ContentBlock::Text(text) = block else {
            return Err(Fault::field(format!("{path}.content[{index}]"), "a system message holds text only"));
        };
        request.system.push(text);
    }
    Ok(())
}

fn sampling(config: wire::InferenceConfiguration) -> Sampling {
    Sampling {
        max_tokens: config.max_tokens.and_then(|tokens| u32::try_from(tokens).ok()),
        temperature: config.temperature,
        top_p: config.top_p,
        stop: config.stop_sequences.unwrap_or_default(),
        ..Sampling::default()
    }
}

fn read_output(config: wire::OutputConfig, request: &mut Request) -> Result<()> {
    if let Some(format) = config.text_format {
        let wire::OutputFormatStructure::JsonSchema(definition) = format.structure;
        let schema = serde_json::from_str(&definition.schema).map_err(|error| {
            let path = "outputConfig.textFormat.structure.jsonSchema.schema";
            Fault::field(path, format!("must be a JSON schema: {error}"))
        })?;
        let name = definition.name.unwrap_or_else(|| "answer".to_owned());
        request.output = Output::Schema { name, schema };
    }
    if let Some(effort) = config.effort {
        request.thinking = Thinking::Effort(effort);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
