//! `freehold checkpoints list`

use anyhow::Result;
use clap::Args;
use http::Method;
use serde_json::Value;

use super::record::{Record, table};
use crate::client::ServerArguments;
use crate::sessions::PlaceArguments;

/// List a session's checkpoints.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    server: ServerArguments,
}

impl List {
    pub(super) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let mut listed = client.call(Method::GET, &place.path("/checkpoints"), None)?;
        if self.server.json {
            println!("{listed:#}");
            return Ok(());
        }
        let Value::Array(rows) = listed["checkpoints"].take() else { return Ok(()) };
        let records = rows.into_iter().map(Record::read).collect::<Result<Vec<_>>>()?;
        if records.is_empty() {
            println!("no checkpoints");
        } else {
            print!("{}", table(records).render());
        }
        Ok(())
    }
}
