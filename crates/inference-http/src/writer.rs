//! The order that events keep, whatever order a provider keeps.

use std::collections::VecDeque;

use bytes::Bytes;
use inference::{BlockStart, Delta, Event, StopReason, Usage};

/// Writes events in the order that the port promises: blocks one after the other with indexes from 0, each closed
/// before the next begins, and the end after the last.
#[derive(Debug, Default)]
pub struct Writer {
    events: VecDeque<Event>,
    started: bool,
    next: usize,
    open: Option<Kind>,
    stopped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    Tool,
}

impl Writer {
    /// Nothing written yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The answer begins; said once, however often it is called.
    pub fn start(&mut self) {
        if !std::mem::replace(&mut self.started, true) {
            self.events.push_back(Event::Start);
        }
    }

    /// A new block begins; an open one ends before it.
    pub fn begin(&mut self, block: BlockStart) {
        self.start();
        self.end_block();
        self.open = Some(match &block {
            BlockStart::Text => Kind::Text,
            BlockStart::Reasoning => Kind::Reasoning,
            BlockStart::ToolUse { .. } => Kind::Tool,
        });
        self.events.push_back(Event::BlockStart { index: self.next, block });
    }

    /// The open block, if there is one, ends.
    pub fn end_block(&mut self) {
        if self.open.take().is_some() {
            self.events.push_back(Event::BlockStop { index: self.next });
            self.next += 1;
        }
    }

    /// More text, in the open block of text or a new one. No text at all writes nothing.
    pub fn text(&mut self, text: String) {
        if !text.is_empty() {
            self.within(Kind::Text, Delta::Text(text));
        }
    }

    /// More thoughts, likewise.
    pub fn reasoning(&mut self, thoughts: String) {
        if !thoughts.is_empty() {
            self.within(Kind::Reasoning, Delta::Reasoning(thoughts));
        }
    }

    /// The proof of the thoughts, likewise.
    pub fn signature(&mut self, proof: String) {
        if !proof.is_empty() {
            self.within(Kind::Reasoning, Delta::ReasoningSignature(proof));
        }
    }

    /// Thoughts that only the provider can read, a block of their own.
    pub fn redacted(&mut self, thoughts: Bytes) {
        self.begin(BlockStart::Reasoning);
        self.delta(Delta::ReasoningRedacted(thoughts));
        self.end_block();
    }

    /// More of the input of the tool whose block is open; false, and nothing written, where none is.
    #[must_use]
    pub fn tool_input(&mut self, json: String) -> bool {
        if self.open != Some(Kind::Tool) {
            return false;
        }
        if !json.is_empty() {
            self.delta(Delta::ToolInput(json));
        }
        true
    }

    /// The answer is complete. Only the first reason counts.
    pub fn stop(&mut self, reason: StopReason) {
        self.start();
        self.end_block();
        if !std::mem::replace(&mut self.stopped, true) {
            self.events.push_back(Event::Stop(reason));
        }
    }

    /// What the answer took.
    pub fn usage(&mut self, usage: Usage) {
        self.events.push_back(Event::Usage(usage));
    }

    /// Whether the answer is complete.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Whether any block was begun.
    pub fn has_blocks(&self) -> bool {
        self.next > 0 || self.open.is_some()
    }

    /// The next event that was written and not yet taken.
    pub fn take(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn within(&mut self, kind: Kind, delta: Delta) {
        if self.open != Some(kind) {
            self.begin(if kind == Kind::Text { BlockStart::Text } else { BlockStart::Reasoning });
        }
        self.delta(delta);
    }

    fn delta(&mut self, delta: Delta) {
        self.events.push_back(Event::Delta { index: self.next, delta });
    }
}
