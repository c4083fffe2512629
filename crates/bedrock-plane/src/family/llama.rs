//! Meta's Llama.

use fault::Result;
use inference::{Answer, Delta, Event, Request, StopReason, Usage};
use restjson::Value;
use serde::Deserialize;
use serde_json::json;

use super::{Wanted, Writer, body, prompt};

#[derive(Deserialize)]
struct Body {
    prompt: String,
    max_gen_len: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    #[serde(default)]
    images: Vec<Value>,
}

pub(super) fn read(given: Value) -> Result<Wanted> {
    let Body { prompt, max_gen_len, temperature, top_p, images } = body::read(given)?;
    if !images.is_empty() {
        return body::refuse("images", "are not told apart in a prompt: use Converse");
    }
    let (system, messages) = prompt::llama(&prompt);
    let sampling = body::sampling(max_gen_len, temperature, top_p, None, Vec::new());
    let request = Request { system, messages, sampling, ..Request::default() };
    Ok(Wanted::Answer(Box::new(request), Box::new(Llama)))
}

struct Llama;

impl Writer for Llama {
    fn whole(&mut self, answer: Answer) -> Result<Value> {
        Ok(piece(&answer.message.plain_text(), Some((answer.stop, answer.usage))))
    }

    fn step(&mut self, event: Event) -> Vec<Value> {
        let Event::Delta { delta: Delta::Text(text), .. } = event else { return Vec::new() };
        vec![piece(&text, None)]
    }

    fn end(&mut self, stop: StopReason, usage: Usage) -> Vec<Value> {
        vec![piece("", Some((stop, usage)))]
    }
}

fn piece(text: &str, end: Option<(StopReason, Usage)>) -> Value {
    json!({
        "generation": text,
        "prompt_token_count": end.map(|(_, usage)| usage.input_tokens),
        "generation_token_count": end.map(|(_, usage)| usage.output_tokens),
        "stop_reason": end.map(|(stop, _)| if stop == StopReason::MaxTokens { "length" } else { "stop" }),
    })
}
