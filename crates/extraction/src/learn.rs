//! Learning one thing at a time: what a conversation tells is taken from it, then brought together with what is known.

use std::collections::HashSet;

use stdx::Timestamp;

use crate::conversation::{Message, guard, render};
use crate::garbage::Garbage;
use crate::json::{Object, things};
use crate::prompt::{Prompt, Question};
use crate::schema::{self, Key, Metadata};
use crate::text::instant;

/// Something that is learned one at a time.
pub trait Item: Clone + PartialEq + Sized {
    /// What several of them are called.
    const WHAT: &'static str;
    /// Instructions for taking them from a conversation.
    const EXTRACT: &'static str;
    /// The form in which that is answered.
    const EXTRACTED: &'static str;
    /// Instructions for bringing them together with what is known.
    const CONSOLIDATE: &'static str;
    /// The form in which that is answered.
    const CONSOLIDATED: &'static str;

    /// From the JSON object that a model writes for one.
    fn read(object: &serde_json::Map<String, serde_json::Value>) -> Option<Self>;
    /// The JSON object again.
    fn object(&self) -> serde_json::Map<String, serde_json::Value>;
    /// The text of the record that keeps it, never longer than a record's text may be.
    fn record(&self) -> String;
}

/// An item with its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned<T> {
    /// The item.
    pub item: T,
    /// What the schema asked for.
    pub metadata: Metadata,
}

/// The first step: what is worth keeping of a conversation?
#[derive(Clone, Copy, Debug)]
pub struct Extraction<'a> {
    /// What the memory's owner wants instead of our instructions.
    pub instructions: Option<&'a str>,
    /// What else is asked of each item.
    pub schema: &'a [Key],
    /// What was said before; it helps to understand, and was learned from already.
    pub past: &'a [Message],
    /// What is to be learned from.
    pub current: &'a [Message],
}

impl Extraction<'_> {
    /// What the model is told.
    pub fn prompt<T: Item>(&self) -> Prompt {
        let question = Question {
            replaced: self.instructions,
            ours: T::EXTRACT,
            form: T::EXTRACTED,
            schema: self.schema,
            place: schema::Place::Member,
        };
        question
            .about(&[render("past_conversation", self.past), render("current_conversation", self.current)])
    }

    /// What it answered, each item once.
    pub fn read<T: Item>(&self, answer: &str) -> Result<Vec<Learned<T>>, Garbage> {
        let mut items: Vec<Learned<T>> = Vec::new();
        for new in things(answer, T::WHAT, |object| learned(object, self.schema))? {
            match items.iter_mut().find(|item| item.item == new.item) {
                Some(item) => item.metadata.extend(new.metadata),
                None => items.push(new),
            }
        }
        Ok(items)
    }
}

fn learned<T: Item>(object: &Object, schema: &[Key]) -> Option<Learned<T>> {
    Some(Learned { item: T::read(object)?, metadata: schema::of_member(schema, object) })
}

/// A new item, and what is known that is like it.
#[derive(Clone, Debug)]
pub struct Candidate<T> {
    /// The item.
    pub new: Learned<T>,
    /// When it was so.
    pub at: Timestamp,
    /// What is like it.
    pub existing: Vec<Existing>,
}

/// A record as a model gets to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Existing {
    /// Its id.
    pub id: String,
    /// When it was so.
    pub at: Timestamp,
    /// Its text.
    pub text: String,
}

/// What is to be done. There is no other operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation<T> {
    /// A new record.
    Add(Learned<T>),
    /// This takes the place of a record that was shown.
    Update {
        /// Which one.
        id: String,
        /// Its successor.
        with: Learned<T>,
    },
}

/// The second step: what of the new is known, what changes what is known, and what is new indeed?
#[derive(Clone, Copy, Debug)]
pub struct Consolidation<'a, T> {
    /// What the memory's owner wants instead of our instructions.
    pub instructions: Option<&'a str>,
    /// What else is asked of each item.
    pub schema: &'a [Key],
    /// What is new.
    pub candidates: &'a [Candidate<T>],
}

impl<T: Item> Consolidation<'_, T> {
    /// What the model is told.
    pub fn prompt(&self) -> Prompt {
        let question = Question {
            replaced: self.instructions,
            ours: T::CONSOLIDATE,
            form: T::CONSOLIDATED,
            schema: self.schema,
            place: schema::Place::Member,
        };
        let shown = self.candidates.iter().zip(1..).map(|(candidate, number)| candidate.show(number));
        question.about(&shown.collect::<Vec<_>>())
    }

    /// What it answered: never more operations than there are candidates, never two on one record, and none on a
    /// record that was not shown. An update of anything else is new knowledge all the same, and is added.
    pub fn read(&self, answer: &str) -> Result<Vec<Operation<T>>, Garbage> {
        let shown = self.candidates.iter().flat_map(|candidate| &candidate.existing);
        let mut free: HashSet<&str> = shown.map(|existing| existing.id.as_str()).collect();
        let said = things(answer, "operations", |object| self.said(object))?;
        let mut operations: Vec<Operation<T>> = Vec::new();
        for said in said {
            let operation = match said {
                Said::Skip => continue,
                Said::Write { id: Some(id), with } if free.remove(id.as_str()) => {
                    Operation::Update { id, with }
                }
                Said::Write { with, .. } => Operation::Add(with),
            };
            if operations.len() < self.candidates.len() && !operations.contains(&operation) {
                operations.push(operation);
            }
        }
        Ok(operations)
    }

    fn said(&self, object: &Object) -> Option<Said<T>> {
        let item = |name: &str| T::read(object.get(name)?.as_object()?);
        let operation = object.get("operation")?.as_str()?;
        let (id, written) = match operation {
            "SkipMemory" => return Some(Said::Skip),
            "AddMemory" => (None, item("memory")?),
            "UpdateMemory" => {
                let id = object.get("update_id").and_then(|id| id.as_str()).map(|id| id.trim().to_owned());
                (Some(id.unwrap_or_default()), item("updated_memory").or_else(|| item("memory"))?)
            }
            _ => return None,
        };
        // What was found with the new item holds for what becomes of it, unless more is said of that.
        let new = item("memory");
        let from = self.candidates.iter().find(|candidate| new.as_ref() == Some(&candidate.new.item));
        let mut metadata = from.map(|candidate| candidate.new.metadata.clone()).unwrap_or_default();
        metadata.extend(schema::of_member(self.schema, object));
        Some(Said::Write { id, with: Learned { item: written, metadata } })
    }
}

/// What a model says of a candidate.
enum Said<T> {
    Skip,
    Write { id: Option<String>, with: Learned<T> },
}

impl<T: Item> Candidate<T> {
    fn show(&self, number: usize) -> String {
        let mut lines = vec![format!("<Memory{number}>"), format!("<ExistingMemory{number}>")];
        for Existing { id, at, text } in &self.existing {
            lines.push(format!("[ID]={id} [TIMESTAMP]={} [MEMORY]={}", instant(*at), guard(text)));
        }
        let new = serde_json::Value::Object(self.new.item.object()).to_string();
        lines.push(format!("</ExistingMemory{number}>"));
        lines.push(format!("<NewMemory{number}>"));
        lines.push(format!("[TIMESTAMP]={} [MEMORY]={}", instant(self.at), guard(&new)));
        lines.push(format!("</NewMemory{number}>\n</Memory{number}>"));
        lines.join("\n")
    }
}

/// Candidates whose very text is known already, which no model need be asked about, and the others.
pub fn known<T: Item>(candidates: Vec<Candidate<T>>) -> (Vec<Candidate<T>>, Vec<Candidate<T>>) {
    let mut seen = HashSet::new();
    candidates.into_iter().partition(|candidate| {
        let text = candidate.new.item.record();
        let known = candidate.existing.iter().any(|existing| existing.text == text);
        known || !seen.insert(text)
    })
}
