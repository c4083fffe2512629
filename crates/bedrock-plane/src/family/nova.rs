//! Amazon Nova: Converse's own documents as a body.

use bedrock_api::runtime::model as wire;
use fault::{Fault, Result};
use inference::{Answer, Event, StopReason, Usage};
use restjson::document::Object;
use restjson::{IntoDocument as _, IntoEvent as _, Value};
use serde_json::json;

use super::{About, Wanted, Writer};
use crate::conversation::Conversation;
use crate::{answer, events};

pub(super) fn read(mut body: Value, about: &About<'_>) -> Result<Wanted> {
    let Value::Object(members) = &mut body else {
        return Err(Fault::field("body", "must be an object"));
    };
    let top_k = members.get("inferenceConfig").and_then(|config| config.get("topK")?.as_u64());
    members.insert("modelId".to_owned(), about.model.into());
    let input: wire::ConverseRequest = restjson::from_document(body)?;
    let conversation = Conversation {
        model: input.model_id,
        messages: input.messages,
        system: input.system,
        inference: input.inference_config,
        tools: input.tool_config,
        additional: input.additional_model_request_fields,
        ..Conversation::default()
    };
    let (mut request, _) = conversation.into_request()?;
    if let Some(top_k) = top_k {
        request.sampling.top_k = u32::try_from(top_k).ok();
    }
    Ok(Wanted::Answer(Box::new(request), Box::new(Nova)))
}

struct Nova;

impl Writer for Nova {
    fn whole(&mut self, answer: Answer) -> Result<Value> {
        let (stop, usage) = (answer.stop, answer.usage);
        let mut body = Object::with_capacity(3);
        body.put("output", wire::ConverseOutput::Message(answer::message(answer)));
        body.put("stopReason", answer::stop_reason(stop));
        body.put("usage", answer::usage(usage));
        Ok(body.finish())
    }

    fn step(&mut self, event: Event) -> Vec<Value> {
        events::translate(event).map(chunk).into_iter().collect()
    }

    fn end(&mut self, stop: StopReason, usage: Usage) -> Vec<Value> {
        let stop = events::translate(Event::Stop(stop)).map(chunk);
        let usage = answer::usage(usage).into_document();
        stop.into_iter().chain([json!({ "metadata": { "usage": usage, "metrics": {} } })]).collect()
    }
}

fn chunk(event: wire::ConverseStreamOutput) -> Value {
    let (name, document) = event.into_event();
    json!({ name: document })
}
