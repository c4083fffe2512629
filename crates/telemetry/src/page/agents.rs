//! AgentCore's own metrics of its Runtime.
//!
//! They have AgentCore's names behind `agentcore_`, with `_` where Prometheus allows no hyphen
//! (`CPUUsed-vCPUHours` is `agentcore_CPUUsed_vCPUHours`), and AgentCore's dimensions as labels: `Service`, `Resource`
//! (the runtime's ARN) and `Name` (`agent::endpoint`). What CloudWatch batches by the minute are counters here.

use metrics::{Counter, Gauge, Histogram, Label};

use super::Metrics;

/// Whose metrics they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Agent {
    resource: String,
    name: String,
}

/// What an endpoint's sandboxes have used since this process started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// Sessions begun.
    pub sessions: u64,
    /// Processor time in hours.
    pub vcpu_hours: f64,
    /// Memory over time in GB times hours.
    pub gb_hours: f64,
}

/// The metrics of one agent that a request is counted in.
pub struct Requests {
    latency: Histogram,
    streaming: Gauge,
    inbound: Counter,
    outbound: Counter,
}

impl Agent {
    /// An endpoint of the runtime with this ARN, which was created as `agent`.
    pub fn new(resource: String, agent: &str, endpoint: &str) -> Self {
        Self { resource, name: format!("{agent}::{endpoint}") }
    }

    /// Stands for whatever a request named that is not there: callers do not get to make up labels.
    pub fn unknown() -> Self {
        Self { resource: "unknown".to_owned(), name: "unknown".to_owned() }
    }

    fn labels(&self) -> Vec<Label> {
        vec![
            Label::from_static_parts("Service", "AgentCore.Runtime"),
            Label::new("Resource", self.resource.clone()),
            Label::new("Name", self.name.clone()),
        ]
    }
}

impl Metrics {
    /// Counts a request to an agent by the status of its answer. A request that is refused because the agent or the
    /// request's form is wrong makes no agent known.
    pub fn invoked(&self, agent: &Agent, status: u16) -> Requests {
        let agent = self.known(agent, status);
        let labels = agent.labels();
        let throttled = status == 429;
        let (user, system) = ((400..500).contains(&status) && !throttled, status >= 500);
        metrics::with_local_recorder(&self.recorder, || {
            for (counter, counts) in [
                (metrics::counter!("agentcore_Invocations", labels.clone()), true),
                (metrics::counter!("agentcore_Throttles", labels.clone()), throttled),
                (metrics::counter!("agentcore_UserErrors", labels.clone()), user),
                (metrics::counter!("agentcore_SystemErrors", labels.clone()), system),
                (metrics::counter!("agentcore_TotalErrors", labels.clone()), user || system),
            ] {
                counter.increment(u64::from(counts));
            }
            Requests {
                latency: metrics::histogram!("agentcore_Latency", labels.clone()),
                streaming: metrics::gauge!("agentcore_ActiveStreamingConnections", labels.clone()),
                inbound: metrics::counter!("agentcore_InboundStreamingBytesProcessed", labels.clone()),
                outbound: metrics::counter!("agentcore_OutboundStreamingBytesProcessed", labels),
            }
        })
    }

    /// Sets what an agent's sandboxes have used since this process started.
    pub fn used(&self, agent: &Agent, used: Used) {
        let labels = agent.labels();
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("agentcore_SessionCount", labels.clone()).absolute(used.sessions);
            // Sums that only grow; the library's counters hold no fractions.
            metrics::gauge!("agentcore_CPUUsed_vCPUHours", labels.clone()).set(used.vcpu_hours);
            metrics::gauge!("agentcore_MemoryUsed_GBHours", labels).set(used.gb_hours);
        });
    }

    fn known(&self, agent: &Agent, status: u16) -> Agent {
        let mut known = self.agents.lock().expect("no holder of the metrics' lock panics");
        if !matches!(status, 400 | 403 | 404) {
            known.insert(agent.clone());
        }
        known.get(agent).cloned().unwrap_or_else(Agent::unknown)
    }
}

impl Requests {
    /// The answer begins to stream.
    pub fn stream_begins(&self) {
        self.streaming.increment(1.0);
    }

    /// The answer no longer streams.
    pub fn stream_ends(&self) {
        self.streaming.decrement(1.0);
    }

    /// So many bytes came in.
    pub fn inbound(&self, bytes: u64) {
        self.inbound.increment(bytes);
    }

    /// So many bytes went out.
    pub fn outbound(&self, bytes: u64) {
        self.outbound.increment(bytes);
    }

    /// The answer is over, so long after the request came.
    pub fn answered(&self, after: std::time::Duration) {
        self.latency.record(after.as_secs_f64() * 1e3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent() -> Agent {
        Agent::new("arn:1".to_owned(), "hello", "DEFAULT")
    }

    fn line(metric: &str, agent: &str, value: &str) -> String {
        let resource = if agent == "unknown" { "unknown" } else { "arn:1" };
        format!(
            r#"agentcore_{metric}{{Service="AgentCore.Runtime",Resource="{resource}",Name="{agent}"}} {value}"#
        )
    }

    #[track_caller]
    fn check(metrics: &Metrics, expected: &[(&str, &str, &str)]) {
        let page = metrics.render();
        for (metric, agent, value) in expected {
            let line = line(metric, agent, value);
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }

    #[test]
    fn every_status_is_in_its_class() {
        let metrics = Metrics::new().unwrap();
        for status in [200, 200, 429, 424, 402, 404, 500, 503] {
            metrics.invoked(&agent(), status);
        }
        check(
            &metrics,
            &[
                ("Invocations", "hello::DEFAULT", "8"),
                ("Throttles", "hello::DEFAULT", "1"),
                ("UserErrors", "hello::DEFAULT", "3"),
                ("SystemErrors", "hello::DEFAULT", "2"),
                ("TotalErrors", "hello::DEFAULT", "5"),
            ],
        );
    }

    #[test]
    fn what_is_not_there_gets_no_labels_of_its_own() {
        let metrics = Metrics::new().unwrap();
        for number in 0..3 {
            metrics.invoked(&Agent::new(format!("arn:{number}"), "made_up", "DEFAULT"), 404);
        }
        check(&metrics, &[("UserErrors", "unknown", "3")]);
        assert!(!metrics.render().contains("made_up"));
    }

    #[test]
    fn streams_bytes_and_usage_are_shown() {
        let metrics = Metrics::new().unwrap();
        let requests = metrics.invoked(&agent(), 200);
        requests.stream_begins();
        requests.inbound(7);
        requests.outbound(9);
        requests.answered(std::time::Duration::from_millis(30));
        metrics.used(&agent(), Used { sessions: 2, vcpu_hours: 0.25, gb_hours: 1.5 });
        check(
            &metrics,
            &[
                ("ActiveStreamingConnections", "hello::DEFAULT", "1"),
                ("InboundStreamingBytesProcessed", "hello::DEFAULT", "7"),
                ("OutboundStreamingBytesProcessed", "hello::DEFAULT", "9"),
                ("SessionCount", "hello::DEFAULT", "2"),
                ("CPUUsed_vCPUHours", "hello::DEFAULT", "0.25"),
                ("MemoryUsed_GBHours", "hello::DEFAULT", "1.5"),
                ("Latency_sum", "hello::DEFAULT", "30"),
            ],
        );
    }
}
