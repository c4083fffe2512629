//! A call that asks a model for an answer, in either of the API's two ways.

use inference::{Answer, Events, Request};
use stdx::ByteStream;

use crate::{Named, Refusal, Stamp, chat, responses};

/// A call that was understood.
#[derive(Debug)]
pub struct Call {
    /// What the model is asked.
    pub request: Request,
    /// On whose behalf, as the body says.
    pub named: Named,
    manner: Manner,
}

/// How the answer is to be written.
#[derive(Debug)]
enum Manner {
    Chat(chat::Manner),
    Responses(Box<responses::Manner>),
}

impl Call {
    /// Understands the body of `POST /v1/chat/completions`.
    pub fn chat(body: &[u8]) -> Result<Self, Refusal> {
        let (request, named, manner) = chat::parse(body)?;
        Ok(Self { request, named, manner: Manner::Chat(manner) })
    }

    /// Understands the body of `POST /v1/responses`.
    pub fn responses(body: &[u8]) -> Result<Self, Refusal> {
        let (request, named, manner) = responses::parse(body)?;
        Ok(Self { request, named, manner: Manner::Responses(Box::new(manner)) })
    }

    /// The request, whom it is for, and what writes its answer.
    pub fn split(self) -> (Request, Named, Writer) {
        (self.request, self.named, Writer(self.manner))
    }
}

/// Writes the answer to one call.
#[derive(Debug)]
pub struct Writer(Manner);

impl Writer {
    /// Whether the caller wants the answer as it comes.
    pub fn streams(&self) -> bool {
        match &self.0 {
            Manner::Chat(manner) => manner.streams(),
            Manner::Responses(manner) => manner.streams(),
        }
    }

    /// A whole answer as a JSON document.
    pub fn document(self, stamp: &Stamp, answer: &Answer) -> Result<Vec<u8>, Refusal> {
        match self.0 {
            Manner::Chat(manner) => manner.document(stamp, answer),
            Manner::Responses(manner) => manner.document(stamp, answer),
        }
    }

    /// An answer that is still coming, as server-sent events.
    pub fn stream(self, stamp: &Stamp, events: Events) -> ByteStream {
        match self.0 {
            Manner::Chat(manner) => manner.stream(stamp, events),
            Manner::Responses(manner) => manner.stream(stamp, events),
        }
    }
}
