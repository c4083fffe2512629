//! `freehold memory reindex`

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde_json::Value;

use super::place::{Place, PlaceArgument};
use crate::client::{Client, ServerArguments};

/// How often progress is asked for.
const EVERY: Duration = Duration::from_millis(500);

/// Write the search index anew from what is stored, and wait until that is done. The server goes on answering, and
/// finds more and more meanwhile. Whoever interrupts this stops the waiting only.
#[derive(Args)]
pub(crate) struct Reindex {
    #[command(flatten)]
    place: PlaceArgument,
    /// Do not wait until it is done
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    server: ServerArguments,
}

impl Reindex {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let begun = client.call(Method::POST, &place.own("/reindex"), None)?;
        if self.no_wait {
            return self.print(&begun);
        }
        let mut before = waiting(&begun)?;
        loop {
            let state = state(&client, &place)?;
            let left = waiting(&state)?;
            if left == 0 {
                return self.print(&state);
            }
            if left != before && !self.server.json {
                println!("{left} records to go");
                before = left;
            }
            if client.interrupted_within(EVERY)? {
                return Ok(());
            }
        }
    }

    fn print(&self, state: &Value) -> Result<()> {
        if self.server.json {
            println!("{state:#}");
            return Ok(());
        }
        let count =
            |member: &str| state["index"][member].as_u64().context("the server is of another version");
        match count("waiting")? {
            0 => {
                println!("{} records are found, {} of them by meaning", count("records")?, count("vectors")?);
            }
            left => println!("{left} records to go"),
        }
        Ok(())
    }
}

/// The memory as it is now.
fn state(client: &Client, place: &Place) -> Result<Value> {
    client.call(Method::GET, &place.own(""), None)
}

fn waiting(state: &Value) -> Result<u64> {
    state["index"]["waiting"].as_u64().context("the server is of another version")
}
