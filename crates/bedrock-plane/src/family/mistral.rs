//! Mistral's two formats: a prompt with marks, and chat completions.

use fault::Result;
use inference::{Answer, Delta, Event, Request, StopReason, Usage};
use restjson::Value;
use serde::Deserialize;
use serde_json::json;

use super::{About, Wanted, body, openai, prompt};

#[derive(Deserialize)]
struct Body {
    prompt: String,
    max_tokens: Option<u32>,
    #[serde(default)]
    stop: Vec<String>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    top_k: Option<u32>,
}

pub(super) fn read(mut given: Value, about: &About<'_>) -> Result<Wanted> {
    if given.get("messages").is_some() {
        // Its own word for what others call "required".
        if given.get("tool_choice").is_some_and(|choice| choice == "any") {
            given["tool_choice"] = "required".into();
        }
        return openai::read(given, about);
    }
    let Body { prompt, max_tokens, stop, temperature, top_p, top_k } = body::read(given)?;
    let (system, messages) = prompt::mistral(&prompt);
    let sampling = body::sampling(max_tokens, temperature, top_p, top_k, stop);
    let request = Request { system, messages, sampling, ..Request::default() };
    Ok(Wanted::Answer(Box::new(request), Box::new(Writer)))
}

struct Writer;

impl super::Writer for Writer {
    fn whole(&mut self, answer: Answer) -> Result<Value> {
        Ok(output(&answer.message.plain_text(), Some(answer.stop)))
    }

    fn step(&mut self, event: Event) -> Vec<Value> {
        let Event::Delta { delta: Delta::Text(text), .. } = event else { return Vec::new() };
        vec![output(&text, None)]
    }

    fn end(&mut self, stop: StopReason, _: Usage) -> Vec<Value> {
        vec![output("", Some(stop))]
    }
}

fn output(text: &str, stop: Option<StopReason>) -> Value {
    let reason = stop.map(|stop| if stop == StopReason::MaxTokens { "length" } else { "stop" });
    json!({ "outputs": [{ "text": text, "stop_reason": reason }] })
}
