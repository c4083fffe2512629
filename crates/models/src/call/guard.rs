//! A call under way, and what is written down of it when it is over.

use std::sync::Arc;
use std::time::Duration;

use inference::{Attribution, Event, ModelError, Request};
use tracing::field::Empty;

use crate::catalog::Catalog;
use crate::price::ModelPrice;
use crate::service::Inner;
use crate::usage::ledger::Slot;
use crate::usage::record::{CallOperation, CallRecord, Outcome};
use crate::usage::tally::Tally;

/// A call under way. However it ends, even if nobody waits for that, dropping it enters it into the books.
pub(crate) struct Call {
    inner: Arc<Inner>,
    slot: Option<Slot>,
    operation: CallOperation,
    alias: String,
    whom: Attribution,
    currency: String,
    begun: Duration,
    asked: Option<Asked>,
    tally: Tally,
    /// How it ended, once it has.
    outcome: Option<Outcome>,
    fallbacks: u32,
    span: tracing::Span,
}

/// Which model is asked.
pub(crate) struct Asked {
    pub(crate) provider: String,
    pub(crate) model: String,
    /// The provider's kind, as the conventions for spans and metrics call it.
    pub(crate) system: &'static str,
    pub(crate) price: Option<ModelPrice>,
}

impl Call {
    /// Begins a call that is thought to bring so many tokens. Fails where there is no place for its record.
    pub(crate) fn begin(
        inner: &Arc<Inner>,
        catalog: &Catalog,
        operation: CallOperation,
        alias: String,
        whom: &Attribution,
        expected: u64,
    ) -> Result<Self, ModelError> {
        let slot = inner.ledger.reserve()?;
        let span = span(operation, &alias, whom);
        Ok(Self {
            inner: Arc::clone(inner),
            slot: Some(slot),
            operation,
            alias,
            whom: whom.clone(),
            currency: catalog.prices.currency.clone(),
            begun: inner.clock.elapsed(),
            asked: None,
            tally: Tally::new(expected),
            outcome: None,
            fallbacks: 0,
            span,
        })
    }

    pub(crate) fn span(&self) -> &tracing::Span {
        &self.span
    }

    /// What the request asks for.
    pub(crate) fn asks(&self, request: &Request) {
        if let Some(most) = request.sampling.max_tokens {
            self.span.record("gen_ai.request.max_tokens", most);
        }
        if let Some(temperature) = request.sampling.temperature {
            self.span.record("gen_ai.request.temperature", temperature);
        }
    }

    /// Another target is asked.
    pub(crate) fn turns_to(&mut self, asked: Asked) {
        self.tally.start_over();
        self.span.record("gen_ai.provider.name", asked.system);
        self.span.record("gen_ai.response.model", asked.model.as_str());
        self.asked = Some(asked);
    }

    /// The target has taken the request on.
    pub(crate) fn accepted(&mut self) {
        self.tally.accepted();
    }

    /// The target has failed; the next one has its turn.
    pub(crate) fn falls_back(&mut self) {
        self.fallbacks += 1;
        self.tally.start_over();
    }

    /// This goes by.
    pub(crate) fn see(&mut self, event: &Event) {
        self.tally.see(event, self.inner.clock.elapsed().saturating_sub(self.begun));
    }

    /// Whether the whole answer has gone by.
    pub(crate) fn is_complete(&self) -> bool {
        self.tally.is_complete()
    }

    /// It went well, as far as no event has said so.
    pub(crate) fn completed(&mut self) {
        self.outcome = Some(Outcome::Completed);
    }

    /// It has failed.
    pub(crate) fn failed(&mut self, error: &ModelError) {
        self.outcome = Some(Outcome::from(error.kind()));
    }

    /// What it was. Takes what only one record can have.
    fn record(&mut self) -> CallRecord {
        let done = if self.tally.is_complete() { Outcome::Completed } else { Outcome::Cancelled };
        let (usage, estimated) = self.tally.usage();
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let price = self.asked.as_ref().and_then(|asked| asked.price);
        let (provider, model) = match &self.asked {
            Some(asked) => (Some(asked.provider.clone()), Some(asked.model.clone())),
            None => (None, None),
        };
        let whom = std::mem::take(&mut self.whom);
        CallRecord {
            at: self.inner.clock.now(),
            account: whom.account,
            operation: self.operation,
            alias: std::mem::take(&mut self.alias),
            provider,
            model,
            agent: whom.agent,
            session: whom.session,
            user: whom.user,
            usage,
            estimated,
            cost: price.map(|price| price.of(&usage)),
            currency: std::mem::take(&mut self.currency),
            first_token_ms: self.tally.first().map(millis),
            whole_ms: millis(self.inner.clock.elapsed().saturating_sub(self.begun)),
            outcome: self.outcome.unwrap_or(done),
            fallbacks: self.fallbacks,
        }
    }

    /// The call is over: enters it into the books, once.
    pub(crate) fn close(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        let record = self.record();
        self.span.record("gen_ai.usage.input_tokens", record.usage.input_tokens);
        self.span.record("gen_ai.usage.output_tokens", record.usage.output_tokens);
        self.span.record("gen_ai.usage.cache_read.input_tokens", record.usage.cache_read_tokens);
        self.span.record("gen_ai.usage.cache_creation.input_tokens", record.usage.cache_write_tokens);
        if record.outcome != Outcome::Completed {
            self.span.record("error.type", record.outcome.as_str());
        }
        let system = self.asked.as_ref().map_or("none", |asked| asked.system);
        self.inner.observer.call(&record, system);
        self.inner.ledger.enter(slot, record);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.close();
    }
}

/// The call's span, with the attributes of the GenAI conventions; what is not known yet is recorded later.
fn span(operation: CallOperation, alias: &str, whom: &Attribution) -> tracing::Span {
    tracing::info_span!(
        "model_call",
        otel.name = format!("{} {alias}", operation.as_str()),
        otel.kind = "client",
        gen_ai.operation.name = operation.as_str(),
        gen_ai.request.model = alias,
        gen_ai.provider.name = Empty,
        gen_ai.response.model = Empty,
        gen_ai.agent.id = whom.agent,
        gen_ai.conversation.id = whom.session,
        gen_ai.request.max_tokens = Empty,
        gen_ai.request.temperature = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        gen_ai.usage.cache_read.input_tokens = Empty,
        gen_ai.usage.cache_creation.input_tokens = Empty,
        error.type = Empty,
    )
}
