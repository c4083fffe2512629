//! `freehold memory documents show`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;

use super::{Document, path};
use crate::client::ServerArguments;
use crate::memory::place::PlaceArgument;
use crate::sessions::moment;

/// Show one document with the pieces that it was cut into.
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    place: PlaceArgument,
    /// The document
    document: String,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
struct Whole {
    document: Document,
    pieces: Vec<Piece>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Piece {
    memory_record_id: String,
    number: u32,
    text: String,
}

impl Show {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let answer = client.call(Method::GET, &path(&place, &self.document), None)?;
        if self.server.json {
            println!("{answer:#}");
            return Ok(());
        }
        let Whole { document, pieces } =
            serde_json::from_value(answer).context("the server is of another version")?;
        println!("document   {}", document.name);
        println!("type       {}, {} bytes", document.content_type, document.bytes);
        println!("namespace  {}", document.namespace.as_deref().unwrap_or("-"));
        println!("updated    {}", moment(&document.updated_at));
        for piece in pieces {
            println!("\npiece {} ({})\n{}", piece.number, piece.memory_record_id, piece.text);
        }
        Ok(())
    }
}
