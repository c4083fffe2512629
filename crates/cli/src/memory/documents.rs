//! `freehold memory documents`

mod add;
mod list;
mod remove;
mod show;

use anyhow::Result;
use clap::Subcommand;
use serde::Deserialize;

use super::place::Place;
use crate::client::escaped;

/// What a memory knows from documents.
#[derive(Subcommand)]
pub(crate) enum Documents {
    /// Add files, or put them in place of those of the same names.
    Add(add::Add),
    /// List the documents of a memory.
    List(list::List),
    /// Show one document with its pieces.
    Show(show::Show),
    /// Remove documents with their pieces.
    Remove(remove::Remove),
}

impl Documents {
    pub(crate) fn run(self) -> Result<()> {
        match self {
            Self::Add(add) => add.run(),
            Self::List(list) => list.run(),
            Self::Show(show) => show.run(),
            Self::Remove(remove) => remove.run(),
        }
    }
}

/// A document as the server shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    name: String,
    content_type: String,
    bytes: u64,
    pieces: u32,
    namespace: Option<String>,
    updated_at: String,
}

/// The path of a document.
fn path(place: &Place, name: &str) -> String {
    place.own(&format!("/documents/{}", escaped(name)))
}
