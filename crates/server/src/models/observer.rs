//! Calls on the metrics page.

use std::sync::Arc;
use std::time::Duration;

use config::Usage;
use models::{CallRecord, Observer, Options, Outcome};
use telemetry::{Metrics, ModelCall};

/// The metrics page, as the service tells it of calls.
pub(crate) struct Page(pub(crate) Arc<Metrics>);

impl Observer for Page {
    fn call(&self, record: &CallRecord, system: &str) {
        self.0.model_called(&ModelCall {
            operation: record.operation.as_str(),
            alias: &record.alias,
            system,
            model: record.model.as_deref().unwrap_or("none"),
            error: (record.outcome != Outcome::Completed).then(|| record.outcome.as_str()),
            input_tokens: record.usage.input_tokens
                + record.usage.cache_read_tokens
                + record.usage.cache_write_tokens,
            output_tokens: record.usage.output_tokens,
            first_token: record.first_token_ms.map(Duration::from_millis),
            whole: Duration::from_millis(record.whole_ms),
        });
    }
}

/// The service's settings from what was configured.
pub(crate) fn options(usage: &Usage) -> Options {
    let default = Options::default();
    let days = |days: u32| Duration::from_hours(24 * u64::from(days));
    Options { keep: usage.retention_days.map_or(default.keep, days), ..default }
}
