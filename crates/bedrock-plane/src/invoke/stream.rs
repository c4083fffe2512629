//! `InvokeModelWithResponseStream`

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bedrock_api::runtime::model::{
    InvokeModelWithResponseStream, InvokeModelWithResponseStreamRequest,
    InvokeModelWithResponseStreamResponse, PayloadPart, ResponseStream,
};
use bytes::Bytes;
use fault::{Fault, Result};
use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use inference::{Event, Events, StopReason, Usage};
use restjson::{Call, EventStream, Handle, Sensitive, Value};
use serde_json::json;
use stdx::{Clock, Timestamp};

use super::body::{JSON, Sent};
use crate::family::{Wanted, Writer};
use crate::guard::{Guard, Places, Wish};
use crate::{BedrockPlane, failure};

/// Under this name the last chunk says what the answer took.
const METRICS: &str = "amazon-bedrock-invocationMetrics";

impl Handle<InvokeModelWithResponseStream> for BedrockPlane {
    async fn handle(
        &self,
        call: &Call,
        input: InvokeModelWithResponseStreamRequest,
    ) -> Result<InvokeModelWithResponseStreamResponse> {
        let sent = Sent {
            model: input.model_id,
            body: input.body,
            content_type: input.content_type,
            accept: input.accept,
            metadata: input.request_metadata,
        };
        let wish = Wish::headers(input.guardrail_identifier, input.guardrail_version, input.trace);
        let guard = self.guard(call, wish).await?;
        let (wanted, whom) = sent.read(call).await?;
        let Wanted::Answer(request, writer) = wanted else {
            return Err(Fault::field(
                "modelId",
                "turns texts into vectors, which do not stream: use InvokeModel",
            ));
        };
        let events = self.ask_guarded(*request, Places::default(), guard.as_ref(), &whom).await?;
        let chunks = chunks(Writing::new(events, writer, guard, Arc::clone(&self.clock), call.received()));
        Ok(InvokeModelWithResponseStreamResponse {
            body: EventStream::new(chunks),
            content_type: JSON.to_owned(),
            performance_config_latency: None,
            service_tier: None,
        })
    }
}

/// An answer on its way out.
struct Writing {
    events: Events,
    writer: Box<dyn Writer>,
    guard: Option<Guard>,
    clock: Arc<dyn Clock>,
    begun: Timestamp,
    first: Option<Duration>,
    stop: Option<StopReason>,
    usage: Usage,
    ready: VecDeque<Value>,
    over: bool,
}

/// The chunks of an answer, each as soon as it is known what it says.
fn chunks(writing: Writing) -> impl Stream<Item = Result<ResponseStream>> + Send {
    stream::unfold(writing, |mut writing| async move {
        let chunk = writing.next().await?;
        Some((chunk.map(|chunk| part(&chunk)), writing))
    })
}

impl Writing {
    fn new(
        events: Events,
        writer: Box<dyn Writer>,
        guard: Option<Guard>,
        clock: Arc<dyn Clock>,
        begun: Timestamp,
    ) -> Self {
        let (first, stop, usage) = (None, None, Usage::default());
        Self { events, writer, guard, clock, begun, first, stop, usage, ready: VecDeque::new(), over: false }
    }

    async fn next(&mut self) -> Option<Result<Value>> {
        loop {
            if let Some(chunk) = self.ready.pop_front() {
                return Some(Ok(chunk));
            }
            if self.over {
                return None;
            }
            match self.events.next().await {
                Some(Ok(Event::Stop(reason))) => self.stop = Some(reason),
                Some(Ok(Event::Usage(usage))) => self.usage += usage,
                Some(Ok(event)) => {
                    self.first.get_or_insert_with(|| self.clock.now().since(self.begun));
                    self.ready.extend(self.writer.step(event));
                }
                Some(Err(error)) => {
                    self.over = true;
                    return Some(Err(failure::fault(error)));
                }
                None => {
                    self.over = true;
                    self.end();
                }
            }
        }
    }

    fn end(&mut self) {
        let took = self.clock.now().since(self.begun);
        let stop = self.stop.unwrap_or(StopReason::EndTurn);
        let mut last = self.writer.end(stop, self.usage);
        if let Some(chunk) = last.last_mut() {
            if let Some(guard) = &self.guard {
                guard.sign(chunk, stop == StopReason::GuardrailIntervened);
            }
            chunk[METRICS] = json!({
                "inputTokenCount": self.usage.input_tokens,
                "outputTokenCount": self.usage.output_tokens,
                "invocationLatency": millis(took),
                "firstByteLatency": millis(self.first.unwrap_or(took)),
                "cacheReadInputTokenCount": self.usage.cache_read_tokens,
                "cacheWriteInputTokenCount": self.usage.cache_write_tokens,
            });
        }
        self.ready.extend(last);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn part(chunk: &Value) -> ResponseStream {
    let bytes = Bytes::from(chunk.to_string());
    ResponseStream::Chunk(PayloadPart { bytes: Some(Sensitive::new(bytes)) })
}
