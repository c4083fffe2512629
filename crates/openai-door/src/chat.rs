//! Chat completions.

mod answer;
mod messages;
mod request;
mod stream;
mod wire;

pub(crate) use answer::no_answer;
use inference::{Answer, Events, Request, StopReason, Usage};
pub(crate) use request::no_parameters;
use serde_json::{Value, json};
use stdx::ByteStream;
pub(crate) use wire::Word;

use crate::{Named, Refusal, Stamp, body, sse};

/// How an answer is to be written.
#[derive(Debug)]
pub(crate) struct Manner {
    model: String,
    streamed: Option<Streamed>,
}

/// What a streamed answer has beside the answer.
#[derive(Clone, Copy, Debug)]
struct Streamed {
    usage: bool,
}

pub(crate) fn parse(body: &[u8]) -> Result<(Request, Named, Manner), Refusal> {
    let mut wanted: wire::Chat = body::parse(body)?;
    let usage = wanted.stream_options.take().is_some_and(|options| options.include_usage == Some(true));
    let streamed = (wanted.stream == Some(true)).then_some(Streamed { usage });
    let manner = Manner { model: wanted.model.clone(), streamed };
    let (request, named) = request::understand(wanted)?;
    Ok((request, named, manner))
}

impl Manner {
    pub(crate) fn streams(&self) -> bool {
        self.streamed.is_some()
    }

    pub(crate) fn document(self, stamp: &Stamp, answer: &Answer) -> Result<Vec<u8>, Refusal> {
        answer::document(stamp, &self.model, answer)
    }

    pub(crate) fn stream(self, stamp: &Stamp, events: Events) -> ByteStream {
        let usage = self.streamed.is_some_and(|streamed| streamed.usage);
        sse::stream(events, stream::Chunks::new(stamp, self.model, usage))
    }
}

/// An answer's id.
fn id(stamp: &Stamp) -> String {
    format!("chatcmpl-{}", stamp.id)
}

/// OpenAI's word for why an answer ended; `None` where it is no answer.
fn finish_reason(stop: StopReason) -> Option<&'static str> {
    match stop {
        StopReason::EndTurn | StopReason::StopSequence => Some("stop"),
        StopReason::ToolUse => Some("tool_calls"),
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => Some("length"),
        StopReason::GuardrailIntervened | StopReason::ContentFiltered => Some("content_filter"),
        StopReason::MalformedModelOutput | StopReason::MalformedToolUse => None,
    }
}

fn usage(usage: &Usage) -> Value {
    let prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total(),
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
    })
}

#[cfg(test)]
mod tests;
