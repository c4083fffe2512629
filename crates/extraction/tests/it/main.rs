//! What models are asked, and what is made of their answers, whatever those are.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail like the test itself")]

mod answers;
mod hostile;
mod records;

use extraction::conversation::{Message, Speaker};
use extraction::learn::{Candidate, Existing, Item, Learned};
use extraction::{Key, Metadata, Rule};
use stdx::Timestamp;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn say(speaker: Speaker, text: &str) -> Message {
    Message { speaker, text: text.to_owned(), at: at(0) }
}

fn learned<T: Item>(item: T) -> Learned<T> {
    Learned { item, metadata: Metadata::new() }
}

fn existing(id: &str, text: &str) -> Existing {
    Existing { id: id.to_owned(), at: at(0), text: text.to_owned() }
}

fn candidate<T: Item>(item: T, like: &[Existing]) -> Candidate<T> {
    Candidate { new: learned(item), at: at(0), existing: like.to_vec() }
}

fn key(name: &str) -> Key {
    let rule = Rule::Text { allowed: Vec::new() };
    Key { name: name.to_owned(), definition: Some("what it means".to_owned()), instruction: None, rule }
}
