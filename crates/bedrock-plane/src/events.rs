//! An answer while it arrives, on Bedrock's wire.

use std::future::ready;
use std::sync::{Arc, Mutex};

use bedrock_api::runtime::model as wire;
use bedrock_api::runtime::model::ConverseStreamOutput as Out;
use fault::Fault;
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use inference::{BlockStart, Delta, Event, Events, Usage};
use stdx::{Clock, Timestamp};

use crate::guard::Trace;
use crate::{answer, failure, guard};

/// The wire's events, each as soon as the port's is there; the usage comes last.
pub(crate) fn on_the_wire(
    events: Events,
    trace: Option<Arc<Mutex<Trace>>>,
    clock: Arc<dyn Clock>,
    begun: Timestamp,
) -> impl Stream<Item = Result<Out, Fault>> + Send {
    let ended = stream::once(ready(None));
    let mut counted = Usage::default();
    let mut failed = false;
    events.map(Some).chain(ended).filter_map(move |event| {
        let out = match event {
            Some(Ok(Event::Usage(usage))) => {
                counted += usage;
                None
            }
            Some(Ok(event)) => translate(event).map(Ok),
            Some(Err(error)) => {
                failed = true;
                Some(Err(failure::fault(error)))
            }
            None if failed => None,
            None => {
                let trace = trace.as_ref().map(|trace| wire::ConverseStreamTrace {
                    guardrail: Some(guard::read(trace).on_the_wire()),
                    prompt_router: None,
                });
                Some(Ok(metadata(counted, latency(&*clock, begun), trace)))
            }
        };
        ready(out)
    })
}

/// How long it took since the request came in.
pub(crate) fn latency(clock: &dyn Clock, begun: Timestamp) -> i64 {
    i64::try_from(clock.now().since(begun).as_millis()).unwrap_or(i64::MAX)
}

fn metadata(usage: Usage, latency_ms: i64, trace: Option<wire::ConverseStreamTrace>) -> Out {
    Out::Metadata(wire::ConverseStreamMetadataEvent {
        usage: answer::usage(usage),
        metrics: wire::ConverseStreamMetrics { latency_ms },
        trace,
        performance_config: None,
        service_tier: None,
    })
}

/// The wire's event; blocks of text and thoughts begin with their first piece, without an event of their own.
pub(crate) fn translate(event: Event) -> Option<Out> {
    Some(match event {
        Event::Start => {
            Out::MessageStart(wire::MessageStartEvent { role: wire::ConversationRole::Assistant })
        }
        Event::BlockStart { index, block: BlockStart::ToolUse { id, name } } => {
            let wish = wire::ToolUseBlockStart { tool_use_id: id, name, r#type: None };
            Out::ContentBlockStart(wire::ContentBlockStartEvent {
                start: wire::ContentBlockStart::ToolUse(wish),
                content_block_index: place(index),
            })
        }
        Event::BlockStart { block: BlockStart::Text | BlockStart::Reasoning, .. } | Event::Usage(_) => {
            return None;
        }
        Event::Delta { index, delta } => Out::ContentBlockDelta(wire::ContentBlockDeltaEvent {
            delta: piece(delta),
            content_block_index: place(index),
        }),
        Event::BlockStop { index } => {
            Out::ContentBlockStop(wire::ContentBlockStopEvent { content_block_index: place(index) })
        }
        Event::Stop(reason) => Out::MessageStop(wire::MessageStopEvent {
            stop_reason: answer::stop_reason(reason),
            additional_model_response_fields: None,
        }),
    })
}

fn piece(delta: Delta) -> wire::ContentBlockDelta {
    use wire::ReasoningContentBlockDelta as Thought;
    let thought = wire::ContentBlockDelta::ReasoningContent;
    match delta {
        Delta::Text(text) => wire::ContentBlockDelta::Text(text),
        Delta::ToolInput(input) => wire::ContentBlockDelta::ToolUse(wire::ToolUseBlockDelta { input }),
        Delta::Reasoning(text) => thought(Thought::Text(text)),
        Delta::ReasoningSignature(signature) => thought(Thought::Signature(signature)),
        Delta::ReasoningRedacted(bytes) => thought(Thought::RedactedContent(bytes)),
    }
}

fn place(index: usize) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests;
