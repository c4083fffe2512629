//! Logs, spans and the metrics page.

mod logs;
pub mod page;

pub use logs::{LogError, start_logs};
pub use page::{Agent, Metrics, MetricsError, ModelCall, Requests, Used};
