//! A service model, as far as the generator reads it. What it does not know of, it refuses where that matters.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use indexmap::IndexMap;
use serde::Deserialize;

/// A service's operations and shapes.
#[derive(Deserialize)]
pub(crate) struct Model {
    pub(crate) operations: IndexMap<String, Operation>,
    pub(crate) shapes: IndexMap<String, Shape>,
}

/// An operation.
#[derive(Deserialize)]
pub(crate) struct Operation {
    pub(crate) http: Http,
    pub(crate) input: Reference,
    pub(crate) output: Reference,
    #[serde(default)]
    pub(crate) errors: Vec<Reference>,
}

/// How an operation travels.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Http {
    pub(crate) method: String,
    pub(crate) request_uri: String,
    pub(crate) response_code: u16,
}

/// A use of a shape.
#[derive(Deserialize)]
pub(crate) struct Reference {
    pub(crate) shape: String,
}

/// A shape: its kind, its constraints, and what it holds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) required: BTreeSet<String>,
    #[serde(default)]
    pub(crate) members: IndexMap<String, Member>,
    pub(crate) member: Option<Reference>,
    pub(crate) key: Option<Reference>,
    pub(crate) value: Option<Reference>,
    #[serde(rename = "enum")]
    pub(crate) values: Option<Vec<String>>,
    pub(crate) pattern: Option<String>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    #[serde(default)]
    pub(crate) sensitive: bool,
    #[serde(default)]
    pub(crate) union: bool,
    #[serde(default)]
    pub(crate) document: bool,
    #[serde(default)]
    pub(crate) exception: bool,
    #[serde(default)]
    pub(crate) eventstream: bool,
    pub(crate) payload: Option<String>,
    pub(crate) timestamp_format: Option<String>,
    pub(crate) error: Option<ErrorStatus>,
}

/// An exception's status.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorStatus {
    pub(crate) http_status_code: u16,
}

/// The kinds of shapes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Timestamp,
    Blob,
}

/// A structure's member.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    pub(crate) shape: String,
    pub(crate) location: Option<String>,
    pub(crate) location_name: Option<String>,
    #[serde(default)]
    pub(crate) idempotency_token: bool,
    pub(crate) timestamp_format: Option<String>,
}

impl Model {
    /// The shape of this name.
    pub(crate) fn shape(&self, name: &str) -> Result<&Shape> {
        self.shapes.get(name).with_context(|| format!("the model has no shape {name}"))
    }
}

impl Shape {
    /// Whether it becomes a Rust type of its own.
    pub(crate) fn is_named(&self) -> bool {
        match self.kind {
            Kind::Structure => !self.document && !self.exception,
            Kind::String => self.values.is_some(),
            _ => false,
        }
    }

    /// The shapes that it mentions.
    pub(crate) fn mentions(&self) -> impl Iterator<Item = &str> {
        let inner = [&self.member, &self.key, &self.value].into_iter().flatten();
        let members = self.members.values().map(|member| member.shape.as_str());
        inner.map(|reference| reference.shape.as_str()).chain(members)
    }
}

impl Member {
    /// The member's name in a JSON body.
    pub(crate) fn json_name<'a>(&'a self, name: &'a str) -> &'a str {
        match (&self.location, &self.location_name) {
            (None, Some(renamed)) => renamed,
            _ => name,
        }
    }
}
