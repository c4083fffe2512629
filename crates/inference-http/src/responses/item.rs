//! The items of an answer.

use inference::BlockStart;
use serde::Deserialize;

use super::PROOF;
use crate::proof;
use crate::writer::Writer;

/// An item, complete or about to come.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Item {
    /// What the model says.
    Message {
        #[serde(default)]
        content: Vec<Part>,
    },
    /// A wish to use a tool.
    FunctionCall {
        call_id: String,
        name: String,
        #[serde(default)]
        arguments: String,
    },
    /// What it thought.
    Reasoning {
        #[serde(default)]
        id: String,
        #[serde(default)]
        summary: Vec<Part>,
        #[serde(default)]
        content: Option<Vec<Part>>,
        encrypted_content: Option<String>,
    },
    /// What only the provider's own tools bring.
    #[serde(other)]
    Other,
}

/// A piece of text; its kind is in its place's nature.
#[derive(Deserialize)]
pub(super) struct Part {
    #[serde(alias = "refusal", default)]
    text: String,
}

/// The item that is being written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open {
    /// Its place among the answer's items.
    pub(super) index: u64,
    /// Whether anything of its text has been written.
    pub(super) is_written: bool,
    /// Whether a call has its block.
    is_begun: bool,
}

impl Open {
    pub(super) fn at(index: u64) -> Self {
        Self { index, ..Self::default() }
    }
}

impl Item {
    /// Whether it is a wish to use a tool.
    pub(super) fn is_call(&self) -> bool {
        matches!(self, Self::FunctionCall { .. })
    }

    /// Begins the item, as far as it is known.
    pub(super) fn begin(&self, open: &mut Open, out: &mut Writer) {
        out.end_block();
        if let Self::FunctionCall { call_id, name, .. } = self {
            out.begin(BlockStart::ToolUse { id: call_id.clone(), name: name.clone() });
            open.is_begun = true;
        }
    }

    /// Ends the item, now that all of it is known: what was not written in pieces is written now.
    pub(super) fn end(self, open: &mut Open, out: &mut Writer) -> bool {
        if self.is_call() && !open.is_begun {
            self.begin(open, out);
        }
        let mut fits = true;
        match self {
            Self::Message { content } if !open.is_written => {
                content.into_iter().for_each(|part| out.text(part.text));
            }
            Self::FunctionCall { arguments, .. } if !open.is_written => fits = out.tool_input(arguments),
            Self::Reasoning { id, summary, content, encrypted_content } => {
                if !open.is_written {
                    let readable = if summary.is_empty() { content.unwrap_or_default() } else { summary };
                    let texts: Vec<String> = readable.into_iter().map(|part| part.text).collect();
                    out.reasoning(texts.join("\n\n"));
                }
                if let Some(encrypted) = encrypted_content {
                    out.signature(proof::mark(PROOF, &format!("{id}:{encrypted}")));
                }
            }
            _ => {}
        }
        out.end_block();
        fits
    }
}
