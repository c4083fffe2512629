//! `freehold sessions show`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde_json::Value;

use super::place::PlaceArguments;
use super::record::Record;
use crate::client::ServerArguments;

/// Show one session.
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    server: ServerArguments,
}

impl Show {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        print(&client.call(Method::GET, &place.path(""), None)?, self.server.json)
    }
}

/// Prints a session that the server answered with.
pub(crate) fn print(document: &Value, json: bool) -> Result<()> {
    if json {
        println!("{document:#}");
        return Ok(());
    }
    let record: Record =
        serde_json::from_value(document.clone()).context("the server is of another version")?;
    for (name, value) in record.lines() {
        println!("{name:<10} {value}");
    }
    Ok(())
}
