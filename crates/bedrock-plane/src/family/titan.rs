//! Amazon Titan's texts.

use fault::Result;
use inference::{Answer, Delta, Event, Message, Request, Role, StopReason, Usage};
use restjson::Value;
use serde::Deserialize;
use serde_json::json;

use super::{Wanted, Writer, body};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    input_text: String,
    #[serde(default)]
    text_generation_config: Config,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    max_token_count: Option<u32>,
    stop_sequences: Vec<String>,
    temperature: Option<f64>,
    top_p: Option<f64>,
}

pub(super) fn read(given: Value) -> Result<Wanted> {
    let Body { input_text, text_generation_config: config } = body::read(given)?;
    let request = Request {
        messages: vec![Message::text(Role::User, input_text)],
        sampling: body::sampling(
            config.max_token_count,
            config.temperature,
            config.top_p,
            None,
            config.stop_sequences,
        ),
        ..Request::default()
    };
    Ok(Wanted::Answer(Box::new(request), Box::new(Titan)))
}

struct Titan;

impl Writer for Titan {
    fn whole(&mut self, answer: Answer) -> Result<Value> {
        let result = json!({
            "tokenCount": answer.usage.output_tokens,
            "outputText": answer.message.plain_text(),
            "completionReason": reason(answer.stop),
        });
        Ok(json!({ "inputTextTokenCount": answer.usage.input_tokens, "results": [result] }))
    }

    fn step(&mut self, event: Event) -> Vec<Value> {
        let Event::Delta { delta: Delta::Text(text), .. } = event else { return Vec::new() };
        vec![json!({ "outputText": text, "index": 0, "completionReason": null })]
    }

    fn end(&mut self, stop: StopReason, usage: Usage) -> Vec<Value> {
        vec![json!({
            "outputText": "",
            "index": 0,
            "totalOutputTextTokenCount": usage.output_tokens,
            "inputTextTokenCount": usage.input_tokens,
            "completionReason": reason(stop),
        })]
    }
}

fn reason(stop: StopReason) -> &'static str {
    match stop {
        StopReason::MaxTokens | StopReason::ModelContextWindowExceeded => "LENGTH",
        StopReason::StopSequence => "STOP_CRITERIA_MET",
        StopReason::ContentFiltered | StopReason::GuardrailIntervened => "CONTENT_FILTERED",
        _ => "FINISH",
    }
}
