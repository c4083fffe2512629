//! Wishes for tools, from pieces that may be interleaved to blocks that may not.

use inference::{BlockStart, ErrorKind, ModelError};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::writer::Writer;

/// More wishes in one answer are a model gone wild.
const MOST: usize = 128;

/// A piece of a wish.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Piece {
    index: Option<u64>,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Function {
    name: Option<String>,
    arguments: Option<Arguments>,
}

/// Text, as the format says, or the object itself, as some servers send it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Arguments {
    Text(String),
    Value(serde_json::Value),
}

impl From<Arguments> for String {
    fn from(arguments: Arguments) -> Self {
        match arguments {
            Arguments::Text(text) => text,
            Arguments::Value(value) => value.to_string(),
        }
    }
}

/// The wishes of one answer. The first that is not complete is passed on as it comes; pieces of later ones wait.
#[derive(Debug)]
pub(super) struct Wishes {
    id_prefix: String,
    wishes: Vec<Wish>,
    /// How many are written and closed.
    closed: usize,
    /// Whether the wish after the closed ones has its block open.
    is_open: bool,
}

#[derive(Debug)]
struct Wish {
    index: u64,
    id: String,
    name: String,
    input: String,
    /// How much of the input is written.
    written: usize,
}

impl Wishes {
    /// None yet; those that come without an id get one that begins so.
    pub(super) fn new(id_prefix: String) -> Self {
        Self { id_prefix, wishes: Vec::new(), closed: 0, is_open: false }
    }

    /// One more piece.
    pub(super) fn add(&mut self, piece: Piece, out: &mut Writer) -> Result<(), ModelError> {
        let Piece { index, id, function } = piece;
        let Function { name, arguments } = function.unwrap_or_default();
        let (id, name) = (id.unwrap_or_default(), name.unwrap_or_default());
        let place = match self.place(index, &id, &name) {
            Some(place) => place,
            None => self.begin(index, id, name)?,
        };
        let more = arguments.map(String::from).unwrap_or_default();
        if place < self.closed && !more.is_empty() {
            return Err(malformed("more of a tool's input after its end"));
        }
        self.wishes[place].input.push_str(&more);
        self.write_open(out)
    }

    /// No further pieces: whatever waits is written.
    pub(super) fn finish(&mut self, out: &mut Writer) -> Result<(), ModelError> {
        while self.closed < self.wishes.len() {
            self.write_open(out)?;
            self.close(out);
        }
        Ok(())
    }

    /// Whether a wish has begun and not ended.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether there is any wish.
    pub(super) fn is_any(&self) -> bool {
        !self.wishes.is_empty()
    }

    /// The wish that a piece belongs to. Servers that number nothing, or everything with 0, begin a new wish with a
    /// new id, or with a name where they give no ids.
    fn place(&self, index: Option<u64>, id: &str, name: &str) -> Option<usize> {
        let last = self.wishes.len().checked_sub(1)?;
        let place = match index {
            None => last,
            Some(index) => self.wishes.iter().rposition(|wish| wish.index == index)?,
        };
        let wish = &self.wishes[place];
        let is_another = if id.is_empty() { index.is_none() && !name.is_empty() } else { wish.id != id };
        (!is_another).then_some(place)
    }

    fn begin(&mut self, index: Option<u64>, id: String, name: String) -> Result<usize, ModelError> {
        let place = self.wishes.len();
        if name.is_empty() {
            return Err(malformed("a wish for a tool without its name"));
        }
        if place == MOST {
            return Err(malformed(&format!("more than {MOST} wishes for tools")));
        }
        let id = if id.is_empty() { format!("{}-{place}", self.id_prefix) } else { id };
        let index = index.unwrap_or(place as u64);
        self.wishes.push(Wish { index, id, name, input: String::new(), written: 0 });
        Ok(place)
    }

    /// Writes what is known of the open wish, and goes on to the next when that has begun and the open one is whole.
    fn write_open(&mut self, out: &mut Writer) -> Result<(), ModelError> {
        loop {
            let Some(wish) = self.wishes.get_mut(self.closed) else { return Ok(()) };
            if !std::mem::replace(&mut self.is_open, true) {
                out.begin(BlockStart::ToolUse { id: wish.id.clone(), name: wish.name.clone() });
            }
            if wish.written < wish.input.len() {
                let more = wish.input[wish.written..].to_owned();
                wish.written = wish.input.len();
                if !out.tool_input(more) {
                    return Err(malformed("a tool's input and something else at once"));
                }
            }
            let is_followed = self.wishes.len() > self.closed + 1;
            if !is_followed || !is_whole(&self.wishes[self.closed].input) {
                return Ok(());
            }
            self.close(out);
        }
    }

    fn close(&mut self, out: &mut Writer) {
        out.end_block();
        // The text has been passed on; it is not kept twice.
        self.wishes[self.closed].input = String::new();
        self.closed += 1;
        self.is_open = false;
    }
}

fn is_whole(json: &str) -> bool {
    // Most incomplete texts are known by their end, without reading the whole again and again.
    json.trim_end().ends_with('}') && serde_json::from_str::<IgnoredAny>(json).is_ok()
}

fn malformed(what: &str) -> ModelError {
    ModelError::new(ErrorKind::Malformed, format!("it sent {what}"))
}
