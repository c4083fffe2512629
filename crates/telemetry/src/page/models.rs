//! Calls of models, by OpenTelemetry's conventions for generative AI.
//!
//! The names are the conventions' with `_` for the dots and the unit behind them, as Prometheus's exporters write them.
//! Every label has a value that an operator configured or that the conventions list, so a caller cannot make up series.

use std::time::Duration;

use metrics::Label;

use super::Metrics;

/// Buckets for tokens, as the conventions advise.
pub(super) const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];
/// Buckets for durations in seconds, as the conventions advise.
pub(super) const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// What the names of these metrics begin with.
pub(super) const DURATION: &str = "gen_ai_client_operation_duration_seconds";
pub(super) const FIRST_CHUNK: &str = "gen_ai_client_operation_time_to_first_chunk_seconds";
pub(super) const TOKEN_USAGE: &str = "gen_ai_client_token_usage";

/// A call of a model that is over.
#[derive(Clone, Copy, Debug)]
pub struct ModelCall<'a> {
    /// `chat` or `embeddings`.
    pub operation: &'static str,
    /// The configured name that the caller used.
    pub alias: &'a str,
    /// The provider's kind in the conventions' words.
    pub system: &'a str,
    /// The model that answered, as it is configured.
    pub model: &'a str,
    /// What sort of end it had, unless a good one.
    pub error: Option<&'static str>,
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// How long the first of the answer took.
    pub first_token: Option<Duration>,
    /// How long all of it took.
    pub whole: Duration,
}

impl Metrics {
    /// Counts a call of a model.
    #[expect(clippy::cast_precision_loss, reason = "no call has 2^53 tokens")]
    pub fn model_called(&self, call: &ModelCall<'_>) {
        let labels = vec![
            Label::from_static_parts("gen_ai_operation_name", call.operation),
            Label::new("gen_ai_provider_name", call.system.to_owned()),
            Label::new("gen_ai_request_model", call.alias.to_owned()),
            Label::new("gen_ai_response_model", call.model.to_owned()),
        ];
        let with = |label: Label| {
            let mut labels = labels.clone();
            labels.push(label);
            labels
        };
        metrics::with_local_recorder(&self.recorder, || {
            let ended = match call.error {
                Some(error) => with(Label::from_static_parts("error_type", error)),
                None => labels.clone(),
            };
            metrics::histogram!(DURATION, ended).record(call.whole.as_secs_f64());
            if let Some(first) = call.first_token {
                metrics::histogram!(FIRST_CHUNK, labels.clone()).record(first.as_secs_f64());
            }
            for (kind, tokens) in [("input", call.input_tokens), ("output", call.output_tokens)] {
                if tokens > 0 {
                    let labels = with(Label::from_static_parts("gen_ai_token_type", kind));
                    metrics::histogram!(TOKEN_USAGE, labels).record(tokens as f64);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_as_the_conventions_say() {
        let metrics = Metrics::new().unwrap();
        let call = ModelCall {
            operation: "chat",
            alias: "default",
            system: "anthropic",
            model: "claude",
            error: None,
            input_tokens: 100,
            output_tokens: 5,
            first_token: Some(Duration::from_millis(300)),
            whole: Duration::from_millis(1_500),
        };
        metrics.model_called(&call);
        metrics.model_called(&ModelCall {
            error: Some("timeout"),
            output_tokens: 0,
            first_token: None,
            ..call
        });
        let page = metrics.render();
        let labels = "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"anthropic\",\
                      gen_ai_request_model=\"default\",gen_ai_response_model=\"claude\"";
        for line in [
            format!("gen_ai_client_operation_duration_seconds_sum{{{labels}}} 1.5"),
            format!("gen_ai_client_operation_duration_seconds_bucket{{{labels},le=\"1.28\"}} 0"),
            format!("gen_ai_client_operation_duration_seconds_count{{{labels},error_type=\"timeout\"}} 1"),
            format!("gen_ai_client_operation_time_to_first_chunk_seconds_sum{{{labels}}} 0.3"),
            format!("gen_ai_client_token_usage_sum{{{labels},gen_ai_token_type=\"input\"}} 200"),
            format!("gen_ai_client_token_usage_count{{{labels},gen_ai_token_type=\"output\"}} 1"),
            format!("gen_ai_client_token_usage_bucket{{{labels},gen_ai_token_type=\"output\",le=\"16\"}} 1"),
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }
}
