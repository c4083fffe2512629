//! An answer under a guardrail.

use std::future::ready;

use futures_util::{StreamExt as _, stream};
use inference::{
    Answer, BlockStart, Content, Delta, Event, Events, ModelError, Reasoning, StopReason, ToolUse, Usage,
};

use super::Guard;

/// An answer that a guardrail gives in the model's place.
pub(super) fn instead(text: &str) -> Events {
    let usage = Usage::default();
    whole(vec![Content::Text(text.to_owned())], StopReason::GuardrailIntervened, usage)
}

impl Guard {
    /// The answer as far as it may be told.
    pub(super) async fn watch(&self, events: Events) -> Result<Events, ModelError> {
        if !self.waits {
            return Ok(self.accompany(events));
        }
        let Answer { message, stop, usage } = Answer::collect(events).await?;
        let said = message.content.iter().filter_map(|content| match content {
            Content::Text(text) => Some(text.as_str()),
            _ => None,
        });
        let assessment = self.guardrail.check(said);
        let mut masked = assessment.texts.clone().into_iter();
        let blocked = assessment.blocked();
        self.note(|trace| trace.answer(self, &assessment));
        if blocked {
            let content = vec![Content::Text(self.guardrail.blocked_output().to_owned())];
            return Ok(whole(content, StopReason::GuardrailIntervened, usage));
        }
        let content = message.content.into_iter().map(|content| match content {
            Content::Text(text) => Content::Text(masked.next().unwrap_or(text)),
            other => other,
        });
        Ok(whole(content.collect(), stop, usage))
    }

    /// The answer as it comes; it ends where something was said that may not be.
    fn accompany(&self, events: Events) -> Events {
        let watch = Watch { guard: self.clone(), said: String::new(), stopped: false };
        let told = events.scan(watch, |watch, event| ready(watch.take(event)));
        Box::pin(told.flat_map(stream::iter))
    }
}

/// What was said since a guardrail looked last.
struct Watch {
    guard: Guard,
    said: String,
    stopped: bool,
}

impl Watch {
    /// What is told of an event; nothing more once the answer may not go on.
    fn take(&mut self, event: Result<Event, ModelError>) -> Option<Vec<Result<Event, ModelError>>> {
        if self.stopped {
            return None;
        }
        match &event {
            Ok(Event::Delta { delta: Delta::Text(text), .. }) => self.said.push_str(text),
            Ok(Event::BlockStop { .. }) if !self.said.is_empty() => {
                let assessment = self.guard.guardrail.check([self.said.as_str()]);
                self.said.clear();
                self.stopped = assessment.blocked();
                self.guard.note(|trace| trace.answer(&self.guard, &assessment));
            }
            _ => {}
        }
        let end = self.stopped.then_some(Ok(Event::Stop(StopReason::GuardrailIntervened)));
        Some(std::iter::once(event).chain(end).collect())
    }
}

/// An answer that is here already, as the events that it would have been.
fn whole(content: Vec<Content>, stop: StopReason, usage: Usage) -> Events {
    let mut events = vec![Event::Start];
    for (index, content) in content.into_iter().enumerate() {
        let Some((block, deltas)) = block(content) else { continue };
        events.push(Event::BlockStart { index, block });
        events.extend(deltas.into_iter().map(|delta| Event::Delta { index, delta }));
        events.push(Event::BlockStop { index });
    }
    events.extend([Event::Stop(stop), Event::Usage(usage)]);
    Box::pin(stream::iter(events.into_iter().map(Ok)))
}

fn block(content: Content) -> Option<(BlockStart, Vec<Delta>)> {
    Some(match content {
        Content::Text(text) => (BlockStart::Text, vec![Delta::Text(text)]),
        Content::ToolUse(ToolUse { id, name, input }) => {
            (BlockStart::ToolUse { id, name }, vec![Delta::ToolInput(input.to_string())])
        }
        Content::Reasoning(Reasoning::Text { text, signature }) => {
            let signature = signature.map(Delta::ReasoningSignature);
            (BlockStart::Reasoning, std::iter::once(Delta::Reasoning(text)).chain(signature).collect())
        }
        Content::Reasoning(Reasoning::Redacted(bytes)) => {
            (BlockStart::Reasoning, vec![Delta::ReasoningRedacted(bytes)])
        }
        // Only callers say these.
        Content::Image(_) | Content::Document(_) | Content::ToolResult(_) | Content::CachePoint => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests;
