//! A reply as an answer that arrives piece by piece.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use inference::{
    BlockStart, Content, Delta, Event, Events, ModelError, Reasoning, Request, StopReason, Usage,
};
use serde_json::Value;
use stdx::Clock;

use crate::fill::{self, Found};
use crate::pick;
use crate::script::{Failure, Reply};

/// The events of an answer, with what they say counted in words.
#[derive(Default)]
struct Steps {
    events: VecDeque<Event>,
    blocks: usize,
    words: u64,
}

pub(crate) async fn play(
    reply: &Reply,
    found: &Found,
    request: &Request,
    clock: &Arc<dyn Clock>,
) -> Result<Events, ModelError> {
    wait(&**clock, reply.wait).await;
    if let Some(fail) = &reply.fail
        && reply.say.is_empty()
        && reply.call.is_empty()
    {
        return Err(fail.error());
    }
    let mut steps = Steps::default();
    steps.events.push_back(Event::Start);
    steps.say_all(reply, found, request);
    if reply.fail.is_none() {
        let evident = if reply.call.is_empty() { StopReason::EndTurn } else { StopReason::ToolUse };
        steps.events.push_back(Event::Stop(reply.stop.unwrap_or(evident)));
        let counted =
            Usage { input_tokens: words_of(request), output_tokens: steps.words, ..Usage::default() };
        steps.events.push_back(Event::Usage(reply.usage.unwrap_or(counted)));
    }
    Ok(paced(steps.events, reply.fail.clone(), reply.pause, Arc::clone(clock)))
}

impl Steps {
    fn say_all(&mut self, reply: &Reply, found: &Found, request: &Request) {
        if let Some(think) = &reply.think {
            let thought = fill::text(think, found);
            self.count(&thought);
            self.block(BlockStart::Reasoning, vec![Delta::Reasoning(thought)]);
        }
        if !reply.say.is_empty() {
            let texts: Vec<String> = reply.say.iter().map(|piece| fill::text(piece, found)).collect();
            self.count(&texts.concat());
            self.block(BlockStart::Text, texts.into_iter().map(Delta::Text).collect());
        }
        for (number, call) in reply.call.iter().enumerate() {
            let input = Value::Object(fill::object(&call.input, found)).to_string();
            self.count(&input);
            // Unlike the ids of earlier wishes in the same conversation, as they count its turns.
            let id = format!("scripted-{}-{number}", request.messages.len());
            self.block(BlockStart::ToolUse { id, name: call.tool.clone() }, vec![Delta::ToolInput(input)]);
        }
    }

    fn block(&mut self, block: BlockStart, deltas: Vec<Delta>) {
        let index = self.blocks;
        self.blocks += 1;
        self.events.push_back(Event::BlockStart { index, block });
        self.events.extend(deltas.into_iter().map(|delta| Event::Delta { index, delta }));
        self.events.push_back(Event::BlockStop { index });
    }

    fn count(&mut self, text: &str) {
        self.words += words(text);
    }
}

/// The events one after the other, with a pause before each piece of text but the first, and the failure last.
fn paced(events: VecDeque<Event>, fail: Option<Failure>, pause: Duration, clock: Arc<dyn Clock>) -> Events {
    Box::pin(stream::unfold((events, fail, 0_usize), move |(mut events, mut fail, pieces)| {
        let clock = Arc::clone(&clock);
        async move {
            let Some(event) = events.pop_front() else {
                let error = fail.take()?.error();
                return Some((Err(error), (events, fail, pieces)));
            };
            let is_piece = matches!(event, Event::Delta { .. });
            if is_piece && pieces > 0 {
                wait(&*clock, pause).await;
            }
            Some((Ok(event), (events, fail, pieces + usize::from(is_piece))))
        }
    }))
}

async fn wait(clock: &dyn Clock, duration: Duration) {
    if !duration.is_zero() {
        clock.sleep_until(clock.now().plus(duration)).await;
    }
}

impl Failure {
    fn error(&self) -> ModelError {
        ModelError::new(self.kind.clone(), self.message.clone())
    }
}

/// The words of everything that is asked: what counts as tokens here.
pub(crate) fn words_of(request: &Request) -> u64 {
    let told: u64 = request.system.iter().map(|text| words(text)).sum();
    let contents = request.messages.iter().flat_map(|message| &message.content);
    told + contents.map(words_in).sum::<u64>()
}

fn words_in(content: &Content) -> u64 {
    match content {
        Content::Text(text) | Content::Reasoning(Reasoning::Text { text, .. }) => words(text),
        Content::ToolUse(wish) => words(&wish.input.to_string()),
        Content::ToolResult(result) => result.content.iter().map(|output| words(&pick::said(output))).sum(),
        Content::Image(_) | Content::Document(_) | Content::Reasoning(_) | Content::CachePoint => 0,
    }
}

fn words(text: &str) -> u64 {
    text.split_whitespace().count() as u64
}
