//! What memories do beside answering, on the metrics page.

use std::sync::Arc;

use ids::MemoryArn;
use memory::outside::{Observer, Undeliverable};
use telemetry::Metrics;

/// The metrics page, as the service tells it of what it does.
pub(super) struct Page(pub(super) Arc<Metrics>);

impl Observer for Page {
    fn streamed(&self, memory: &MemoryArn, told: Result<(), &Undeliverable>) {
        let misconfigured = told.is_err_and(|undeliverable| undeliverable.misconfigured);
        self.0.streamed(memory.to_string(), told.is_err(), misconfigured);
    }

    fn created(&self, memory: &MemoryArn, by: &'static str, count: u64) {
        self.0.created(memory.to_string(), by, count);
    }

    fn learned(&self, memory: &MemoryArn, step: &'static str, tokens: u64) {
        let operation = match step {
            "extraction" => "Extraction",
            "consolidation" => "Consolidation",
            _ => "Reflection",
        };
        self.0.learned(memory.to_string(), operation, tokens);
    }
}
