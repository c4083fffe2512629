//! A provider's answer while it arrives.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use inference::{ErrorKind, Event, Events, ModelError};
use serde::de::DeserializeOwned;
use stdx::Clock;

use super::patience::within;
use super::redact::Secrets;
use crate::decode::{Decoder, Decoding, Framing};

/// The most bytes that a whole answer may have: no model says so much.
const LARGEST: usize = 64 << 20;
/// How long the end of the body may follow the end of the answer for the connection to be used again.
const LINGER: Duration = Duration::from_millis(100);

/// What an answer says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Server-sent events.
    EventStream,
    /// JSON.
    Json,
    /// Something else; its media type, or nothing where none is named.
    Other(String),
}

/// A provider's answer: its head is here, its body arrives. Dropping it tells the provider to stop.
pub struct Incoming {
    provider: Arc<str>,
    response: reqwest::Response,
    clock: Arc<dyn Clock>,
    idle: Duration,
    left: usize,
    secrets: Secrets,
}

impl Incoming {
    pub(super) fn new(
        provider: Arc<str>,
        response: reqwest::Response,
        clock: Arc<dyn Clock>,
        idle: Duration,
        secrets: Secrets,
    ) -> Self {
        Self { provider, response, clock, idle, left: LARGEST, secrets }
    }

    /// The time.
    pub(super) fn now(&self) -> stdx::Timestamp {
        self.clock.now()
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// What the answer says it is.
    pub fn content(&self) -> Content {
        let text = self.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "text/event-stream" => Content::EventStream,
            "application/json" => Content::Json,
            other if other.ends_with("+json") => Content::Json,
            _ => Content::Other(essence),
        }
    }

    /// The next piece of the body, `None` at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, ModelError> {
        let next = within(&*self.clock, self.idle, self.response.chunk()).await;
        let chunk = match next {
            None => return Err(self.error(ErrorKind::Timeout, "nothing more of the answer in time")),
            Some(Err(error)) => {
                let error = error.without_url();
                return Err(self.error(ErrorKind::Unavailable, "the answer was cut off").because(error));
            }
            Some(Ok(chunk)) => chunk,
        };
        let size = chunk.as_ref().map_or(0, Bytes::len);
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            let what = format!("the answer has more than {} MiB", LARGEST >> 20);
            self.error(ErrorKind::Malformed, &what)
        })?;
        Ok(chunk)
    }

    /// The whole body.
    pub async fn whole(&mut self) -> Result<Bytes, ModelError> {
        let mut all = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// The first bytes of the body, at most `limit`; what follows is not read.
    pub(super) async fn beginning(&mut self, limit: usize) -> Result<Bytes, ModelError> {
        let mut all = BytesMut::new();
        while all.len() < limit {
            let Some(chunk) = self.chunk().await? else { break };
            all.extend_from_slice(&chunk[..chunk.len().min(limit - all.len())]);
        }
        Ok(all.freeze())
    }

    /// The whole body, understood as JSON.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, ModelError> {
        if self.content() != Content::Json {
            return Err(self.unexpected());
        }
        let body = self.whole().await?;
        serde_json::from_slice(&body).map_err(|error| {
            // The parser's message can quote the body, so it is for the log alone.
            let what = "the answer is not the JSON that it should be";
            self.secrets.redact_error(self.error(ErrorKind::Malformed, what).because(error))
        })
    }

    /// The body as events. They end with an error unless the answer comes to its end.
    pub fn events<F, D>(self, framing: F, decoder: D) -> Events
    where
        F: Framing,
        D: Decoder<Frame = F::Frame>,
    {
        let state = (self, Decoding::new(framing, decoder));
        Box::pin(stream::try_unfold(state, |(mut incoming, mut decoding)| async move {
            match incoming.next_event(&mut decoding).await {
                Ok(Some(event)) => Ok(Some((event, (incoming, decoding)))),
                Ok(None) => Ok(None),
                Err(error) => Err(incoming.secrets.redact_error(error)),
            }
        }))
    }

    /// That the answer is of a kind that no model gives.
    pub fn unexpected(&self) -> ModelError {
        let what = match self.content() {
            Content::EventStream => "it answered with a stream of events where JSON should be".to_owned(),
            Content::Json => "it answered with JSON where a stream of events should be".to_owned(),
            Content::Other(media_type) if media_type.is_empty() => {
                "it answered without saying what (no content-type); is base-url right?".to_owned()
            }
            Content::Other(media_type) => {
                let media_type: String = media_type.chars().take(60).collect();
                format!("it answered with {media_type}, which no model does; is base-url right?")
            }
        };
        self.error(ErrorKind::Malformed, &what)
    }

    /// An error that names the provider and no secret.
    pub fn error(&self, kind: ErrorKind, what: &str) -> ModelError {
        let message = self.secrets.redact(format!("provider {}: {what}", self.provider));
        ModelError::new(kind, message)
    }

    async fn next_event<F, D>(&mut self, decoding: &mut Decoding<F, D>) -> Result<Option<Event>, ModelError>
    where
        F: Framing,
        D: Decoder<Frame = F::Frame>,
    {
        loop {
            match decoding.take() {
                Some(Ok(event)) => return Ok(Some(event)),
                Some(Err(error)) => {
                    return Err(self.error(error.kind().clone(), error.message()).because(error));
                }
                None if decoding.is_over() => {
                    self.linger().await;
                    return Ok(None);
                }
                None => {}
            }
            match self.chunk().await {
                Ok(Some(bytes)) => decoding.push(&bytes),
                Ok(None) => decoding.finish(),
                // What is lost behind a complete answer, a count at most, is not worth the answer.
                Err(_) if decoding.is_complete() => decoding.finish(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits a moment for the body's end, behind the answer's: only then is the connection of further use.
    async fn linger(&mut self) {
        let rest = async { while let Ok(Some(_)) = self.response.chunk().await {} };
        let _ = within(&*self.clock, LINGER, rest).await;
    }
}
