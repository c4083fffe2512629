//! The record stream: whoever a memory names as its stream is told of each change of its records, at least once and in
//! order for each record.

mod event;

use serde_json::Value;
use store::Write;

use crate::model::Definition;
use crate::records::RecordChange;
use crate::service::Memory;

/// What holds all that a stream is told.
const EVENT: &str = "memoryStreamEvent";
/// The lane of what is told of the memory itself. No record has such an id.
const OF_MEMORY: &str = "memory";

impl Memory {
    /// What to add to the batch of these changes so that the memory's stream is told.
    pub(crate) fn stream_writes(&self, memory: &Definition, changes: &[RecordChange]) -> Vec<Write> {
        let Some(stream) = &memory.stream else { return Vec::new() };
        let now = self.now();
        let told = changes.iter().map(|change| {
            let event = event::of_change(memory, stream.level, change, now);
            self.notice(memory, &stream.stream_arn, change.record().id.as_str(), event)
        });
        told.collect()
    }

    /// What to add to the batch that gives a memory a stream, so that the stream hears of it.
    pub(crate) fn streaming_enabled(&self, memory: &Definition) -> Option<Write> {
        let stream = memory.stream.as_ref()?;
        let event = event::enabled(memory, self.now());
        Some(self.notice(memory, &stream.stream_arn, OF_MEMORY, event))
    }
}

/// Whether a notice is one of a stream.
pub(crate) fn is_event(body: &Value) -> bool {
    body.get(EVENT).is_some()
}
