//! The response object, which repeats what was asked.

use inference::{ModelError, StopReason, Usage};
use serde_json::{Map, Value, json};

use crate::Stamp;
use crate::chat::no_answer;
use crate::refusal::Refusal;

/// What a member is where the request says nothing.
type Unset = fn() -> Value;

/// Members of the request that an answer repeats, and what they are where the request says nothing.
const REPEATED: [(&str, Unset); 15] = [
    ("model", || Value::Null),
    ("instructions", || Value::Null),
    ("max_output_tokens", || Value::Null),
    ("max_tool_calls", || Value::Null),
    ("metadata", || json!({})),
    ("parallel_tool_calls", || true.into()),
    ("prompt_cache_key", || Value::Null),
    ("reasoning", || json!({ "effort": null, "summary": null })),
    ("temperature", || Value::Null),
    ("text", || json!({ "format": { "type": "text" } })),
    ("tool_choice", || "auto".into()),
    ("tools", || json!([])),
    ("top_p", || Value::Null),
    ("truncation", || "disabled".into()),
    ("user", || Value::Null),
];

/// The response object while it is not ended.
#[derive(Debug)]
pub(super) struct Object {
    /// What the ids of its items are made from.
    pub(super) seed: String,
    members: Map<String, Value>,
}

/// How an answer ended.
#[derive(Debug)]
pub(super) enum Ending {
    Completed,
    Incomplete(&'static str),
    Failed(Value),
}

impl Object {
    pub(super) fn new(stamp: &Stamp, mut said: Value) -> Self {
        let mut members = Map::new();
        members.insert("id".to_owned(), format!("resp_{}", stamp.id).into());
        members.insert("object".to_owned(), "response".into());
        members.insert("created_at".to_owned(), stamp.created.into());
        for (name, unset) in REPEATED {
            let said = said.get_mut(name).map(Value::take).filter(|value| !value.is_null());
            members.insert(name.to_owned(), said.unwrap_or_else(unset));
        }
        members.insert("previous_response_id".to_owned(), Value::Null);
        members.insert("background".to_owned(), false.into());
        members.insert("store".to_owned(), false.into());
        Self { seed: stamp.id.clone(), members }
    }

    /// The object before its end.
    pub(super) fn in_progress(&self) -> Value {
        self.with("in_progress", Value::Null, Value::Null, Vec::new(), None)
    }

    /// The object at its end.
    pub(super) fn ended(&self, ending: &Ending, output: Vec<Value>, usage: Option<&Usage>) -> Value {
        let (status, error, details) = match ending {
            Ending::Completed => ("completed", Value::Null, Value::Null),
            Ending::Incomplete(reason) => ("incomplete", Value::Null, json!({ "reason": reason })),
            Ending::Failed(error) => ("failed", error.clone(), Value::Null),
        };
        self.with(status, error, details, output, usage)
    }

    fn with(
        &self,
        status: &str,
        error: Value,
        incomplete_details: Value,
        output: Vec<Value>,
        usage: Option<&Usage>,
    ) -> Value {
        let mut members = self.members.clone();
        let usage = usage.map_or(Value::Null, tokens);
        let more = [
            ("status", status.into()),
            ("error", error),
            ("incomplete_details", incomplete_details),
            ("output", output.into()),
            ("usage", usage),
        ];
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Value::Object(members)
    }
}

impl Ending {
    /// What an ended answer is, unless it is none.
    pub(super) fn of(stop: StopReason) -> Result<Self, ModelError> {
        match stop {
            StopReason::EndTurn | StopReason::StopSequence | StopReason::ToolUse => Ok(Self::Completed),
            StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => {
                Ok(Self::Incomplete("max_output_tokens"))
            }
            StopReason::GuardrailIntervened | StopReason::ContentFiltered => {
                Ok(Self::Incomplete("content_filter"))
            }
            StopReason::MalformedModelOutput | StopReason::MalformedToolUse => Err(no_answer(stop)),
        }
    }

    /// What an answer that broke off is.
    pub(super) fn failed(refusal: &Refusal) -> Self {
        let code = match refusal.status {
            429 => "rate_limit_exceeded",
            400..=499 => "invalid_prompt",
            _ => "server_error",
        };
        Self::Failed(json!({ "code": code, "message": refusal.message() }))
    }

    /// The name of the event that tells it.
    pub(super) fn event(&self) -> &'static str {
        match self {
            Self::Completed => "response.completed",
            Self::Incomplete(_) => "response.incomplete",
            Self::Failed(_) => "response.failed",
        }
    }
}

fn tokens(usage: &Usage) -> Value {
    let read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
    json!({
        "input_tokens": read,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        // Providers count thoughts among what was written.
        "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": usage.total(),
    })
}
