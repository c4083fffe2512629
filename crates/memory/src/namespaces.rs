//! Where records belong: namespaces, and the templates that they come from.

use std::collections::BTreeMap;

use fault::{Fault, Result};
use ids::{ActorId, MemorySessionId, Namespace, StrategyId};
use regex::{Regex, RegexBuilder};
use search::place::is_within;
use serde::{Deserialize, Serialize};

use crate::model::NamespaceKey;

/// The most bytes of a template.
const LONGEST: usize = 512;
/// The most bytes that a pattern of 64 characters may be compiled to.
const LARGEST: usize = 256 << 10;
const ACTOR: &str = "actorId";
const SESSION: &str = "sessionId";
const STRATEGY: &str = "memoryStrategyId";

/// A namespace with variables, such as `/preferences/{actorId}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(String);

/// A text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 to 512 letters, digits, hyphens, underscores and slashes, with variables in braces such as {{actorId}}"
)]
pub struct BadTemplate;

/// What the variables of a template stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variables<'a> {
    /// `{actorId}`
    pub actor: &'a ActorId,
    /// `{sessionId}`
    pub session: &'a MemorySessionId,
    /// `{memoryStrategyId}`
    pub strategy: &'a StrategyId,
    /// The memory's own.
    pub custom: &'a BTreeMap<String, String>,
}

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

impl Template {
    /// Parses a template.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        let fits = (1..=LONGEST).contains(&text.len())
            && pieces(text).all(|piece| match piece {
                Some(Piece::Text(text)) => text.bytes().all(is_plain),
                Some(Piece::Variable(name)) => is_variable(name),
                None => false,
            });
        if fits { Ok(Self(text.to_owned())) } else { Err(BadTemplate) }
    }

    /// The template's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name),
            Piece::Text(_) => None,
        })
    }

    /// Its variables that are the memory's own: none of AgentCore's three.
    pub fn custom_variables(&self) -> impl Iterator<Item = &str> {
        self.variables().filter(|name| ![ACTOR, SESSION, STRATEGY].contains(name))
    }

    /// The namespace for these values. Each goes in as it is and is never looked at for variables again; the slashes
    /// of an actor's id make places below its first part.
    pub fn fill(&self, values: &Variables<'_>) -> Result<Namespace> {
        let mut filled = String::with_capacity(self.0.len() + 64);
        for piece in self.pieces() {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Variable(ACTOR) => values.actor.as_str(),
                Piece::Variable(SESSION) => values.session.as_str(),
                Piece::Variable(STRATEGY) => values.strategy.as_str(),
                Piece::Variable(name) => values.custom.get(name).ok_or_else(|| {
                    Fault::field(
                        "extractionConfig.namespaceVariables",
                        format!("the namespace template {} needs a value for {name}", self.0),
                    )
                })?,
            });
        }
        Namespace::parse(&filled).map_err(|error| {
            Fault::field(
                "namespaceTemplates",
                format!("filled in, {} is no namespace: {}", self.0, error.rule),
            )
        })
    }

    /// Whether records of `other` lie where those of this template do, or below, whatever the values are.
    pub fn holds(&self, other: &Self) -> bool {
        is_within(other.as_str(), self.as_str())
    }

    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        pieces(&self.0).flatten()
    }
}

impl TryFrom<String> for Template {
    type Error = BadTemplate;

    fn try_from(text: String) -> Result<Self, BadTemplate> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.0
    }
}

impl NamespaceKey {
    /// The pattern, if it has one that is a regular expression.
    pub(crate) fn whole_pattern(&self) -> Result<Option<Regex>, regex::Error> {
        let whole =
            |pattern: &String| RegexBuilder::new(&format!(r"\A(?:{pattern})\z")).size_limit(LARGEST).build();
        self.pattern.as_ref().map(whole).transpose()
    }
}

/// The pieces of a template; `None` where a brace is not closed.
fn pieces(text: &str) -> impl Iterator<Item = Option<Piece<'_>>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(name) = rest.strip_prefix('{') else {
            let (plain, after) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            rest = after;
            return Some(Some(Piece::Text(plain)));
        };
        let piece = name.split_once('}').map(|(name, after)| (Piece::Variable(name), after));
        rest = piece.map_or("", |(_, after)| after);
        Some(piece.map(|(piece, _)| piece))
    })
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/')
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests;
