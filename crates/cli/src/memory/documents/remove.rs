//! `freehold memory documents remove`

use anyhow::Result;
use clap::Args;
use http::Method;

use super::path;
use crate::client::ServerArguments;
use crate::memory::place::PlaceArgument;

/// Remove documents with their pieces.
#[derive(Args)]
pub(crate) struct Remove {
    #[command(flatten)]
    place: PlaceArgument,
    /// The documents
    #[arg(required = true, value_name = "DOCUMENT")]
    documents: Vec<String>,
    #[command(flatten)]
    server: ServerArguments,
}

impl Remove {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        for document in &self.documents {
            client.call(Method::DELETE, &path(&place, document), None)?;
            if !self.server.json {
                println!("removed {document}");
            }
        }
        Ok(())
    }
}
