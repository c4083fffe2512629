//! Server-sent events, cut out of bytes that arrive in any pieces.

use std::collections::VecDeque;

use inference::{ErrorKind, ModelError};

use crate::decode::Framing;

/// The most bytes of an event. A provider that sends more has lost its way.
const LARGEST_EVENT: usize = 16 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its type; empty where the server names none.
    pub name: String,
    /// Its data, lines joined with line feeds.
    pub data: String,
}

/// Cuts events out of bytes, as the HTML standard says, with these liberties: an event without data is none, `id` and
/// `retry` are nobody's business here, and an event that the stream ends in counts, since some servers forget the last
/// empty line.
#[derive(Debug, Default)]
pub struct Reader {
    line: Vec<u8>,
    event: String,
    data: Vec<u8>,
    has_data: bool,
    /// Whether the last byte was a carriage return, whose line feed is still to be skipped.
    returned: bool,
    /// Whether the first line is over: only before it may a byte order mark stand.
    begun: bool,
}

impl Reader {
    /// A reader of a stream that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    fn end_line(&mut self, events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        let line = std::mem::take(&mut self.line);
        let mut text = line.as_slice();
        if !std::mem::replace(&mut self.begun, true) {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        if text.is_empty() {
            self.end_event(events);
        } else {
            self.field(text)?;
        }
        // The buffer is kept for the next line.
        self.line = line;
        self.line.clear();
        Ok(())
    }

    fn field(&mut self, line: &[u8]) -> Result<(), ModelError> {
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"data" => {
                if self.data.len() + value.len() >= LARGEST_EVENT {
                    return Err(too_large());
                }
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.event = String::from_utf8_lossy(value).into_owned(),
            // Comments, which keep connections alive, and fields that nobody here needs.
            _ => {}
        }
        Ok(())
    }

    fn end_event(&mut self, events: &mut VecDeque<Event>) {
        let name = std::mem::take(&mut self.event);
        let data = std::mem::take(&mut self.data);
        if std::mem::take(&mut self.has_data) {
            let data = String::from_utf8(data)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
            events.push_back(Event { name, data });
        }
    }

    fn grow_line(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        if self.line.len() + bytes.len() > LARGEST_EVENT {
            return Err(too_large());
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }
}

impl Framing for Reader {
    type Frame = Event;

    fn push(&mut self, mut bytes: &[u8], events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.returned) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                return self.grow_line(bytes);
            };
            self.grow_line(&bytes[..end])?;
            self.returned = bytes[end] == b'\r';
            self.end_line(events)?;
            bytes = &bytes[end + 1..];
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut VecDeque<Event>) -> Result<(), ModelError> {
        if !self.line.is_empty() {
            self.end_line(events)?;
        }
        self.end_event(events);
        Ok(())
    }
}

fn too_large() -> ModelError {
    let message = format!("it sent an event of more than {} MiB", LARGEST_EVENT >> 20);
    ModelError::new(ErrorKind::Malformed, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<(String, String)>, ModelError> {
        let (mut reader, mut events) = (Reader::new(), VecDeque::new());
        for piece in pieces {
            reader.push(piece, &mut events)?;
        }
        reader.finish(&mut events)?;
        Ok(events.into_iter().map(|event| (event.name, event.data)).collect())
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let events = read([text.as_bytes()]).unwrap();
        let events: Vec<_> = events.iter().map(|(name, data)| (name.as_str(), data.as_str())).collect();
        assert_eq!(events, expected, "{text:?}");
    }

    #[test]
    fn events_are_what_the_standard_says() {
        for end in ["\n", "\r\n", "\r"] {
            let text = "event: a\ndata: 1\ndata:2\ndata\n\n: comment\n\ndata: [DONE]\n\n".replace('\n', end);
            check(&text, &[("a", "1\n2\n"), ("", "[DONE]")]);
        }
        check("\u{feff}data: x\n\n", &[("", "x")]);
        check("data: \u{feff}x\n\ndata:  y\n\n", &[("", "\u{feff}x"), ("", " y")]);
        check("id: 7\nretry: 9\ndata: x\nnonsense\n\n", &[("", "x")]);
        check("event: without data\n\ndata:\n\n", &[("", "")]);
        check("data: a\r\rdata: b\n\r\ndata: c\r\n\n", &[("", "a"), ("", "b"), ("", "c")]);
    }

    #[test]
    fn a_forgotten_end_costs_nothing() {
        check("data: x", &[("", "x")]);
        check("data: x\n", &[("", "x")]);
        check("event: x\nda", &[]);
    }

    #[test]
    fn what_is_no_text_is_marked_as_such() {
        assert_eq!(read([&b"data: \xff\n\n"[..]]).unwrap(), [(String::new(), "\u{fffd}".to_owned())]);
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let megabyte = vec![b'x'; 1 << 20];
        let line = std::iter::once(&b"data: "[..]).chain((0..17).map(|_| megabyte.as_slice()));
        assert_eq!(read(line).unwrap_err().kind(), &ErrorKind::Malformed);
        let short = [b"data: ", megabyte.as_slice(), b"\n"].concat();
        assert_eq!(read((0..17).map(|_| short.as_slice())).unwrap_err().kind(), &ErrorKind::Malformed);
        let comments = [b": ", megabyte.as_slice(), b"\n"].concat();
        assert!(read((0..17).map(|_| comments.as_slice())).unwrap().is_empty());
        let events = [b"data: ", megabyte.as_slice(), b"\n\n"].concat();
        assert_eq!(read((0..17).map(|_| events.as_slice())).unwrap().len(), 17);
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            text in "(data: ?|event: ?|: |\u{feff}|\r|\n|\r\n|\n\n|[a-zä:]){0,60}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]);
            let whole = read([bytes]).unwrap();
            prop_assert_eq!(read(pieces).unwrap(), whole.clone());
            prop_assert_eq!(read(bytes.chunks(1)).unwrap(), whole);
        }
    }
}
