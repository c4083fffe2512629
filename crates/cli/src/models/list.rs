//! `freehold models list`

use anyhow::{Context, Result};
use clap::Args;
use config::ModelsFile;
use http::Method;
use serde_json::json;

use super::listing::Listing;
use crate::client::{NoKey, NoServer, ServerArguments};

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
        let listing: Listing = match answer {
            Ok(answer) if self.server.json => {
                println!("{answer:#}");
                return Ok(());
            }
            Ok(answer) => serde_json::from_value(answer).context("the server is of another version")?,
            Err(error) if error.is::<NoServer>() || error.is::<NoKey>() => return self.offline(),
            Err(error) => return Err(error),
        };
        print!("{}", listing.render());
        Ok(())
    }

    /// What the file says, where no server can be asked.
    fn offline(&self) -> Result<()> {
        let path = super::file(&self.server.data)?;
        let listing = Listing::of(&ModelsFile::load(&path)?);
        let note = format!("no server answers; {} says:", path.display());
        if self.server.json {
            println!("{:#}", json!({ "note": note, "file": listing }));
        } else {
            print!("{note}\n{}", listing.render());
        }
        Ok(())
    }
}
