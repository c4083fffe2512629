//! What was said before, as the owner of a strategy gets it: with the blobs, which are learned from nowhere else.

use extraction::Message;
use fault::Result;

use super::material::{Material, message};
use crate::events::SessionKey;
use crate::model::Payload;
use crate::service::Memory;

/// The most bytes of it: an event has no more, either.
const LONGEST: usize = 10 << 20;

impl Memory {
    /// The last of what came in the session before what a job is made from: so many messages at most, the blobs
    /// among them, and no more altogether than one event may hold.
    pub(super) async fn history(
        &self,
        session: &SessionKey,
        material: &Material,
        most: usize,
    ) -> Result<Vec<Message>> {
        let Some(first) = material.origins.iter().flatten().next() else { return Ok(Vec::new()) };
        let events = self.events_before(session, first, most).await?.into_iter().rev();
        let parts = events.flat_map(|event| {
            let at = event.timestamp;
            event.payload.into_iter().rev().map(move |part| (part, at))
        });
        let (mut history, mut messages, mut bytes) = (Vec::new(), 0, 0);
        for (part, at) in parts {
            messages += usize::from(!matches!(part, Payload::Blob(_)));
            let said = message(part, at);
            bytes += said.text.len();
            if messages > most || bytes > LONGEST {
                break;
            }
            history.push(said);
        }
        history.reverse();
        Ok(history)
    }
}
