//! `freehold models list`

use anyhow::{Context, Result};
use clap::Args;
use config::ModelsFile;
use http::Method;
use serde_json::json;

use super::listing::Listing;
use crate::client::{NoServer, ServerArguments};

/// List models.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArguments,
}

impl List {
    pub(super) fn run(self) -> Result<()> {
        let answer =
            self.server.client().and_then(|client| client.call(Method::GET, "/_freehold/v1/models", None));
        let listing = match answer {
            Ok(answer) if self.server.json => {
                println!("{answer:#}");
                return Ok(());
            }
            Ok(answer) => serde_json::from_value(answer).context("the server is of another version")?,
            Err(error) => {
                let Some(NoServer { authority }) = error.downcast_ref() else { return Err(error) };
                let path = super::file(&self.server.data)?;
                let listing = Listing::of(&ModelsFile::load(&path)?);
                let note = format!("no server answers at {authority}; {} says:", path.display());
                if self.server.json {
                    println!("{:#}", json!({ "note": note, "file": listing }));
                    return Ok(());
                }
                println!("{note}");
                listing
            }
        };
        print!("{}", listing.render());
        Ok(())
    }
}
