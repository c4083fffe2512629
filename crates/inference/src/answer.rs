//! A whole answer.

use futures_util::TryStreamExt as _;
use serde_json::{Map, Value};

use crate::error::{ErrorKind, ModelError};
use crate::event::{BlockStart, Delta, Event, Events, StopReason, Usage};
use crate::message::{Content, Message, Reasoning, Role, ToolUse};

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the model said.
    pub message: Message,
    /// Why it ended.
    pub stop: StopReason,
    /// What it took; zeros where the provider does not count.
    pub usage: Usage,
}

/// A block while it arrives.
enum Growing {
    Text(String),
    Reasoning { text: String, signature: Option<String> },
    Redacted(Vec<u8>),
    ToolUse { id: String, name: String, input: String },
}

impl Answer {
    /// Reads an answer to its end.
    ///
    /// A tool's input that is no JSON fails with [`ErrorKind::Malformed`]: nobody may act on half a wish.
    pub async fn collect(mut events: Events) -> Result<Self, ModelError> {
        let (mut content, mut growing) = (Vec::new(), None);
        let (mut stop, mut usage) = (None, Usage::default());
        while let Some(event) = events.try_next().await? {
            match event {
                Event::Start => {}
                Event::BlockStart { block, .. } => growing = Some(Growing::from(block)),
                Event::Delta { delta, .. } => {
                    let block = growing.as_mut().ok_or_else(|| out_of_order("a delta outside a block"))?;
                    block.grow(delta)?;
                }
                Event::BlockStop { .. } => {
                    let block = growing.take().ok_or_else(|| out_of_order("the end of no block"))?;
                    content.push(block.finish()?);
                }
                Event::Stop(reason) => stop = Some(reason),
                Event::Usage(counted) => usage += counted,
            }
        }
        let stop = stop.ok_or_else(|| out_of_order("the end of the stream before the end of the answer"))?;
        Ok(Self { message: Message { role: Role::Assistant, content }, stop, usage })
    }
}

impl From<BlockStart> for Growing {
    fn from(block: BlockStart) -> Self {
        match block {
            BlockStart::Text => Self::Text(String::new()),
            BlockStart::Reasoning => Self::Reasoning { text: String::new(), signature: None },
            BlockStart::ToolUse { id, name } => Self::ToolUse { id, name, input: String::new() },
        }
    }
}

impl Growing {
    fn grow(&mut self, delta: Delta) -> Result<(), ModelError> {
        match (self, delta) {
            (Self::Text(text), Delta::Text(more))
            | (Self::Reasoning { text, .. }, Delta::Reasoning(more))
            | (Self::ToolUse { input: text, .. }, Delta::ToolInput(more)) => text.push_str(&more),
            (Self::Reasoning { signature, .. }, Delta::ReasoningSignature(more)) => {
                signature.get_or_insert_default().push_str(&more);
            }
            (Self::Redacted(bytes), Delta::ReasoningRedacted(more)) => bytes.extend_from_slice(&more),
            (block @ Self::Reasoning { .. }, Delta::ReasoningRedacted(more)) => {
                *block = Self::Redacted(more.to_vec());
            }
            (_, delta) => return Err(out_of_order(&format!("{delta:?} in a block of another kind"))),
        }
        Ok(())
    }

    fn finish(self) -> Result<Content, ModelError> {
        Ok(match self {
            Self::Text(text) => Content::Text(text),
            Self::Reasoning { text, signature } => Content::Reasoning(Reasoning::Text { text, signature }),
            Self::Redacted(bytes) => Content::Reasoning(Reasoning::Redacted(bytes.into())),
            Self::ToolUse { id, name, input } => {
                let input = tool_input(&name, &input)?;
                Content::ToolUse(ToolUse { id, name, input })
            }
        })
    }
}

/// The input of a tool from its JSON text; no text at all is a call without arguments.
fn tool_input(name: &str, text: &str) -> Result<Value, ModelError> {
    if text.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_str(text).map_err(|error| {
        let message = format!("the model's input for the tool {name} is no JSON ({error})");
        ModelError::new(ErrorKind::Malformed, message)
    })
}

fn out_of_order(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Malformed, format!("the model's answer is out of order: {what}"))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use serde_json::json;

    use super::*;

    fn events(events: Vec<Event>) -> Events {
        Box::pin(stream::iter(events.into_iter().map(Ok)))
    }

    fn tool(input: &[&str]) -> Vec<Event> {
        let start = BlockStart::ToolUse { id: "t1".to_owned(), name: "weather".to_owned() };
        let mut events = vec![Event::Start, Event::BlockStart { index: 0, block: start }];
        let deltas = input.iter().map(|text| Delta::ToolInput((*text).to_owned()));
        events.extend(deltas.map(|delta| Event::Delta { index: 0, delta }));
        events.extend([Event::BlockStop { index: 0 }, Event::Stop(StopReason::ToolUse)]);
        events
    }

    #[tokio::test]
    async fn pieces_become_blocks() {
        let answer = Answer::collect(events(tool(&["{\"city\":", "\"Ulm\"}"]))).await.unwrap();
        let Content::ToolUse(wish) = &answer.message.content[0] else { panic!("{answer:?}") };
        assert_eq!((wish.name.as_str(), &wish.input), ("weather", &json!({"city": "Ulm"})));
        assert_eq!((answer.stop, answer.usage), (StopReason::ToolUse, Usage::default()));
    }

    #[tokio::test]
    async fn no_input_is_an_empty_object_and_half_an_input_is_an_error() {
        let answer = Answer::collect(events(tool(&[]))).await.unwrap();
        let Content::ToolUse(wish) = &answer.message.content[0] else { panic!("{answer:?}") };
        assert_eq!(wish.input, json!({}));
        let error = Answer::collect(events(tool(&["{\"city\":"]))).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Malformed);
        assert!(error.to_string().contains("weather"), "{error}");
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_an_error() {
        let error = Answer::collect(events(vec![Event::Start])).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Malformed);
    }
}
