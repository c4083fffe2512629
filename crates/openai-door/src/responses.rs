//! Responses.

mod input;
mod item;
mod object;
mod request;
mod stream;
mod wire;

use inference::{Answer, Events, Request};
use serde_json::Value;
use stdx::ByteStream;

use crate::{Named, Refusal, Stamp, body, sse};

use object::Object;

/// How an answer is to be written.
#[derive(Debug)]
pub(crate) struct Manner {
    /// The request's own members, which the answer repeats.
    said: Value,
    streamed: bool,
}

pub(crate) fn parse(body: &[u8]) -> Result<(Request, Named, Manner), Refusal> {
    let wanted: wire::Responses = body::parse(body)?;
    let said = body::parse(body)?;
    let streamed = wanted.stream == Some(true);
    let (request, named) = request::understand(wanted)?;
    Ok((request, named, Manner { said, streamed }))
}

impl Manner {
    pub(crate) fn streams(&self) -> bool {
        self.streamed
    }

    pub(crate) fn document(self, stamp: &Stamp, answer: &Answer) -> Result<Vec<u8>, Refusal> {
        let object = Object::new(stamp, self.said);
        let ending = object::Ending::of(answer.stop).map_err(|error| Refusal::from(&error))?;
        let items = item::of_message(&object.seed, &answer.message);
        let items = items.iter().map(|item| item.value(item::Status::Completed)).collect();
        Ok(object.ended(&ending, items, Some(&answer.usage)).to_string().into_bytes())
    }

    pub(crate) fn stream(self, stamp: &Stamp, events: Events) -> ByteStream {
        sse::stream(events, stream::Steps::new(Object::new(stamp, self.said)))
    }
}

#[cfg(test)]
mod tests;
