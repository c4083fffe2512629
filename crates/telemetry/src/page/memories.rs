//! AgentCore's own metrics of its Memory, with AgentCore's names and dimensions as [`super::agents`] has them:
//! `Service`, `Resource` (the memory's ARN) and `Operation`.

use std::time::Duration;

use metrics::Label;

use super::Metrics;

impl Metrics {
    /// Counts a request to a memory by the status of its answer. A request that is refused because the memory or the
    /// request's form is wrong makes no memory known: callers do not get to make up labels.
    pub fn remembered(&self, memory: Option<String>, operation: &'static str, status: u16, after: Duration) {
        let memory = memory.and_then(|memory| self.known_memory(memory, status));
        let labels = of_memory(memory.unwrap_or_else(|| "unknown".to_owned()), operation);
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
            metrics::histogram!("agentcore_Latency", labels).record(after.as_secs_f64() * 1e3);
        });
    }

    /// Counts a change of a record that was to be told to the memory's stream. One that could not be told because of
    /// its settings is the user's error, and a failure as well.
    pub fn streamed(&self, memory: String, failed: bool, misconfigured: bool) {
        let labels =
            vec![Label::from_static_parts("Operation", "MemoryStreamEvent"), Label::new("Resource", memory)];
        metrics::with_local_recorder(&self.recorder, || {
            for (counter, counts) in [
                (metrics::counter!("agentcore_StreamPublishingSuccess", labels.clone()), !failed),
                (metrics::counter!("agentcore_StreamPublishingFailure", labels.clone()), failed),
                (metrics::counter!("agentcore_StreamUserError", labels.clone()), failed && misconfigured),
            ] {
                counter.increment(u64::from(counts));
            }
        });
    }

    /// Counts events and records that an operation, or a step of learning, has made.
    pub fn created(&self, memory: String, by: &'static str, count: u64) {
        let labels = of_memory(memory, by);
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("agentcore_CreationCount", labels).increment(count);
        });
    }

    /// Counts the tokens that a step of learning took.
    pub fn learned(&self, memory: String, step: &'static str, tokens: u64) {
        let labels = of_memory(memory, step);
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("agentcore_TokenCount", labels).increment(tokens);
        });
    }

    fn known_memory(&self, memory: String, status: u16) -> Option<String> {
        let mut known = self.memories.lock().expect("no holder of the metrics' lock panics");
        if !matches!(status, 400 | 403 | 404) {
            known.insert(memory.clone());
        }
        known.contains(&memory).then_some(memory)
    }
}

fn of_memory(memory: String, operation: &'static str) -> Vec<Label> {
    vec![
        Label::from_static_parts("Service", "AgentCore.Memory"),
        Label::new("Resource", memory),
        Label::from_static_parts("Operation", operation),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_memory_and_operation() {
        let metrics = Metrics::new().unwrap();
        let count = |memory: &str, status| {
            metrics.remembered(Some(memory.to_owned()), "CreateEvent", status, Duration::from_millis(3));
        };
        count("arn:made-up", 404);
        for status in [201, 400, 429, 500] {
            count("arn:1", status);
        }
        let page = metrics.render();
        let line = |metric: &str, memory: &str, value: u32| {
            format!(
                r#"agentcore_{metric}{{Service="AgentCore.Memory",Resource="{memory}",Operation="CreateEvent"}} {value}"#
            )
        };
        for line in [
            line("Invocations", "arn:1", 4),
            line("Throttles", "arn:1", 1),
            line("UserErrors", "arn:1", 1),
            line("SystemErrors", "arn:1", 1),
            line("TotalErrors", "arn:1", 2),
            line("Latency_sum", "arn:1", 12),
            line("UserErrors", "unknown", 1),
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
        assert!(!page.contains("made-up"));
    }

    #[test]
    fn what_streams_are_told_is_counted_by_what_became_of_it() {
        let metrics = Metrics::new().unwrap();
        for (failed, misconfigured) in [(false, false), (false, false), (true, false), (true, true)] {
            metrics.streamed("arn:1".to_owned(), failed, misconfigured);
        }
        let page = metrics.render();
        for (metric, value) in
            [("StreamPublishingSuccess", 2), ("StreamPublishingFailure", 2), ("StreamUserError", 1)]
        {
            let line =
                format!(r#"agentcore_{metric}{{Operation="MemoryStreamEvent",Resource="arn:1"}} {value}"#);
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }

    #[test]
    fn what_is_made_is_counted_by_what_made_it() {
        let metrics = Metrics::new().unwrap();
        for (by, count) in [("CreateEvent", 1), ("CreateEvent", 1), ("Consolidation", 3)] {
            metrics.created("arn:1".to_owned(), by, count);
        }
        let page = metrics.render();
        for (by, count) in [("CreateEvent", 2), ("Consolidation", 3)] {
            let line = format!(
                r#"agentcore_CreationCount{{Service="AgentCore.Memory",Resource="arn:1",Operation="{by}"}} {count}"#
            );
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }

    #[test]
    fn tokens_of_learning_are_counted_by_step() {
        let metrics = Metrics::new().unwrap();
        for (step, tokens) in [("Extraction", 100), ("Extraction", 20), ("Consolidation", 3)] {
            metrics.learned("arn:1".to_owned(), step, tokens);
        }
        let page = metrics.render();
        for (step, value) in [("Extraction", 120), ("Consolidation", 3)] {
            let line = format!(
                r#"agentcore_TokenCount{{Service="AgentCore.Memory",Resource="arn:1",Operation="{step}"}} {value}"#
            );
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }
}
