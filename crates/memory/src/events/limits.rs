//! What an event may hold beyond what the service model already says of each member.

use fault::{Fault, FieldFault, Result};

use super::create::NewEvent;
use crate::model::Payload;

/// The most parts of an event.
const PARTS: usize = 100;
/// The longest JSON of a part, in bytes.
const LONGEST_JSON: usize = 100_000;
/// The longest message, in characters.
const LONGEST_TEXT: usize = 100_000;
/// The longest event, in bytes. A hundred of the longest messages have room.
const LONGEST_EVENT: usize = 10 << 20;

/// Checks an event, and tells how many bytes its parts have.
pub(crate) fn check(event: &NewEvent) -> Result<usize> {
    let mut faults = Vec::new();
    if event.payload.len() > PARTS {
        faults.push(fault("payload".to_owned(), format!("must not have more than {PARTS} parts")));
    }
    let mut total = metadata(event);
    for (index, part) in event.payload.iter().enumerate() {
        let name = || format!("payload[{index}]");
        let bytes = length(part);
        total += bytes;
        match part {
            Payload::Conversational { text, .. } => {
                let characters = if bytes > LONGEST_TEXT { text.chars().count() } else { bytes };
                if !(1..=LONGEST_TEXT).contains(&characters) {
                    let rule = format!("must have 1 to {LONGEST_TEXT} characters");
                    faults.push(fault(format!("{}.conversational.content.text", name()), rule));
                }
            }
            Payload::Json(_) if bytes > LONGEST_JSON => {
                let rule = format!("must not be longer than {LONGEST_JSON} bytes as JSON");
                faults.push(fault(format!("{}.json.content", name()), rule));
            }
            Payload::Json(_) | Payload::Blob(_) => {}
        }
    }
    if total > LONGEST_EVENT {
        faults.push(fault(
            "payload".to_owned(),
            format!("must not be longer than {LONGEST_EVENT} bytes altogether; this is {total}"),
        ));
    }
    if event.timestamp.is_some_and(|timestamp| timestamp.as_millis() < 0) {
        faults.push(fault("eventTimestamp".to_owned(), "must not lie before 1970".to_owned()));
    }
    if faults.is_empty() { Ok(total) } else { Err(Fault::fields(faults)) }
}

fn metadata(event: &NewEvent) -> usize {
    event.metadata.iter().map(|(key, value)| key.len() + value.len()).sum()
}

/// How many bytes a part has: a message's text, anything else as JSON.
fn length(part: &Payload) -> usize {
    match part {
        Payload::Conversational { text, .. } => text.len(),
        Payload::Blob(value) | Payload::Json(value) => {
            let mut counter = Counter(0);
            serde_json::to_writer(&mut counter, value)
                .expect("a document can be written, and counting does not fail");
            counter.0
        }
    }
}

/// Counts what is written to it.
struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn fault(name: String, message: String) -> FieldFault {
    FieldFault { name, message }
}
