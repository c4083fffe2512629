//! The metrics page, in Prometheus's text format.

mod agents;
mod memories;
mod models;

use std::collections::HashSet;
use std::sync::Mutex;

use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

pub use agents::{Agent, Requests, Used};
pub use models::ModelCall;

/// Buckets for durations, in seconds: from a table look-up to a cold boot under emulation.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// Buckets for AgentCore's latencies, which are in milliseconds and last until the end of an answer.
const MILLISECONDS: [f64; 14] = [
    5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 15_000.0, 60_000.0, 300_000.0,
    900_000.0,
];

/// The metrics page cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("the metrics page cannot be set up")]
pub struct MetricsError(#[from] BuildError);

/// Counts and times of one server.
pub struct Metrics {
    recorder: PrometheusRecorder,
    page: PrometheusHandle,
    /// The agents that have labels of their own.
    agents: Mutex<HashSet<Agent>>,
    /// The memories that have, by their ARNs.
    memories: Mutex<HashSet<String>>,
}

impl Metrics {
    /// An empty page.
    pub fn new() -> Result<Self, MetricsError> {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let full = |name: &str| Matcher::Full(name.to_owned());
        let latency = full("agentcore_Latency");
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(seconds, &SECONDS)?
            .set_buckets_for_metric(latency, &MILLISECONDS)?
            .set_buckets_for_metric(full(models::DURATION), &models::SECONDS)?
            .set_buckets_for_metric(full(models::FIRST_CHUNK), &models::SECONDS)?
            .set_buckets_for_metric(full(models::TOKEN_USAGE), &models::TOKENS)?
            .build_recorder();
        let page = recorder.handle();
        Ok(Self { recorder, page, agents: Mutex::default(), memories: Mutex::default() })
    }

    /// Counts a request to a door and how long it took until the head of its answer.
    pub fn request(&self, door: &'static str, operation: &'static str, status: u16, seconds: f64) {
        metrics::with_local_recorder(&self.recorder, || {
            let status = status.to_string();
            let labels = [("door", door.to_owned()), ("operation", operation.to_owned()), ("status", status)];
            metrics::counter!("freehold_requests_total", &labels).increment(1);
            metrics::histogram!("freehold_request_head_seconds", "door" => door, "operation" => operation)
                .record(seconds);
        });
    }

    /// Sets how many sessions live, in memory or suspended to disk.
    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 sessions")]
    pub fn sessions(&self, live: usize, suspended: usize) {
        metrics::with_local_recorder(&self.recorder, || {
            metrics::gauge!("freehold_sessions_live").set(live as f64);
            metrics::gauge!("freehold_sessions_suspended").set(suspended as f64);
        });
    }

    /// The page.
    pub fn render(&self) -> String {
        self.page.run_upkeep();
        self.page.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_shows_on_the_page() {
        let metrics = Metrics::new().unwrap();
        metrics.request("agentcore", "InvokeAgentRuntime", 200, 0.004);
        metrics.sessions(3, 5);
        let page = metrics.render();
        let counted =
            r#"freehold_requests_total{door="agentcore",operation="InvokeAgentRuntime",status="200"} 1"#;
        for line in [counted, "freehold_sessions_live 3", "freehold_sessions_suspended 5"] {
            assert!(page.contains(line), "{line}\n{page}");
        }
    }
}
