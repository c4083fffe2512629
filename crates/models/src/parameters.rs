//! What holds where the caller says nothing.

use inference::{Request, Sampling, Thinking};
use serde_json::{Map, Value};

/// What holds where the caller says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// How an answer is chosen.
    pub sampling: Sampling,
    /// How much the model thinks.
    pub thinking: Thinking,
    /// Further members of the provider's own request.
    pub extra: Map<String, Value>,
}

impl Parameters {
    /// Fills in what the request leaves open.
    pub(crate) fn fill(&self, request: &mut Request) {
        let (own, set) = (&self.sampling, &mut request.sampling);
        set.max_tokens = set.max_tokens.or(own.max_tokens);
        set.temperature = set.temperature.or(own.temperature);
        set.top_p = set.top_p.or(own.top_p);
        set.top_k = set.top_k.or(own.top_k);
        set.seed = set.seed.or(own.seed);
        if set.stop.is_empty() {
            set.stop.clone_from(&own.stop);
        }
        if request.thinking == Thinking::Unset {
            request.thinking = self.thinking.clone();
        }
        for (name, value) in &self.extra {
            if !request.extra.contains_key(name) {
                request.extra.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn extra(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_what_is_open_is_filled_in() {
        let parameters = Parameters {
            sampling: Sampling {
                max_tokens: Some(10),
                temperature: Some(0.5),
                stop: vec!["end".to_owned()],
                ..Sampling::default()
            },
            thinking: Thinking::Budget(7),
            extra: extra(&json!({"a": 1, "b": 2})),
        };
        let mut request = Request {
            sampling: Sampling { max_tokens: Some(3), ..Sampling::default() },
            extra: extra(&json!({"b": 9})),
            ..Request::default()
        };
        parameters.fill(&mut request);
        assert_eq!((request.sampling.max_tokens, request.sampling.temperature), (Some(3), Some(0.5)));
        assert_eq!((request.sampling.stop, request.thinking), (vec!["end".to_owned()], Thinking::Budget(7)));
        assert_eq!(request.extra, extra(&json!({"b": 9, "a": 1})));
    }
}
