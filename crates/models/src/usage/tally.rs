//! What an answer took, counted while it goes by. Pure.

use std::time::Duration;

use inference::{Delta, Event, Usage};

use crate::estimate;

/// What an answer has taken so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// What the request is thought to be, for when the provider does not say.
    request: u64,
    /// Whether the provider took the request on.
    accepted: bool,
    written: usize,
    counted: Option<Usage>,
    first: Option<Duration>,
    complete: bool,
}

impl Tally {
    /// Of a request of so many tokens.
    pub(crate) fn new(request: u64) -> Self {
        Self { request, ..Self::default() }
    }

    /// The provider has taken the request on: from now on there is something to pay for.
    pub(crate) fn accepted(&mut self) {
        self.accepted = true;
    }

    /// What was counted so far was another target's.
    pub(crate) fn start_over(&mut self) {
        *self = Self::new(self.request);
    }

    /// This goes by, so long after the call began.
    pub(crate) fn see(&mut self, event: &Event, after: Duration) {
        match event {
            Event::Delta { delta, .. } => {
                self.first.get_or_insert(after);
                self.written += match delta {
                    Delta::Text(text) | Delta::ToolInput(text) | Delta::Reasoning(text) => text.len(),
                    Delta::ReasoningRedacted(bytes) => bytes.len(),
                    Delta::ReasoningSignature(_) => 0,
                };
            }
            Event::Usage(usage) => *self.counted.get_or_insert_default() += *usage,
            Event::Stop(_) => self.complete = true,
            Event::Start | Event::BlockStart { .. } | Event::BlockStop { .. } => {}
        }
    }

    /// The whole answer has gone by, but maybe for its count.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    /// How long after the call's beginning the first of the answer came.
    pub(crate) fn first(&self) -> Option<Duration> {
        self.first
    }

    /// The tokens, and whether they are a guess.
    pub(crate) fn usage(&self) -> (Usage, bool) {
        match self.counted {
            Some(usage) => (usage, false),
            None if !self.accepted => (Usage::default(), false),
            None => {
                let output_tokens = estimate::of_bytes(self.written);
                (Usage { input_tokens: self.request, output_tokens, ..Usage::default() }, true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use inference::StopReason;

    use super::*;

    fn text(text: &str) -> Event {
        Event::Delta { index: 0, delta: Delta::Text(text.to_owned()) }
    }

    #[test]
    fn what_the_provider_counts_holds() {
        let mut tally = Tally::new(10);
        tally.accepted();
        tally.see(&Event::Start, Duration::from_millis(1));
        tally.see(&text("12345678"), Duration::from_millis(2));
        tally.see(&text("9"), Duration::from_millis(3));
        assert_eq!(tally.first(), Some(Duration::from_millis(2)));
        let guess = Usage { input_tokens: 10, output_tokens: 3, ..Usage::default() };
        assert_eq!((tally.usage(), tally.is_complete()), ((guess, true), false));
        let counted = Usage { input_tokens: 7, output_tokens: 5, ..Usage::default() };
        tally.see(&Event::Stop(StopReason::EndTurn), Duration::from_millis(4));
        tally.see(&Event::Usage(counted), Duration::from_millis(4));
        assert_eq!((tally.usage(), tally.is_complete()), ((counted, false), true));
    }

    #[test]
    fn what_nobody_took_on_took_nothing() {
        assert_eq!(Tally::new(10).usage(), (Usage::default(), false));
    }
}
