//! `freehold checkpoints`

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Client, ServerArguments, escaped};
use crate::sessions::{Place, PlaceArguments, moment, print};
use crate::table::{Table, size};

/// Checkpoints of sessions on a running server: states to start from again.
#[derive(Subcommand)]
pub(crate) enum Checkpoints {
    /// List a session's checkpoints.
    List(List),
    /// Keep the state that a session is in now, memory and disk, under a name.
    Create(Named),
    /// Start a new session from a checkpoint. The old one goes on as it is.
    Fork(Fork),
    /// Take a session back to a checkpoint. What it has become since is lost.
    Rewind(Named),
    /// Delete a checkpoint. Sessions that were started from it stay.
    Delete(Named),
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: PlaceArguments,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Args)]
pub(crate) struct Named {
    #[command(flatten)]
    place: PlaceArguments,
    /// The checkpoint's name
    name: String,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Args)]
pub(crate) struct Fork {
    #[command(flatten)]
    checkpoint: Named,
    /// The new session's id; made up unless given
    #[arg(long, value_name = "SESSION")]
    to: Option<String>,
}

/// A checkpoint as the server shows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    name: String,
    agent_runtime_version: String,
    created_at: String,
    stored_bytes: u64,
}

impl Checkpoints {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(list) => list.run()?,
            Self::Create(named) => named.create()?,
            Self::Fork(fork) => fork.run()?,
            Self::Rewind(named) => named.rewind()?,
            Self::Delete(named) => named.delete()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let mut listed = client.call(Method::GET, &place.path("/checkpoints"), None)?;
        if self.server.json {
            println!("{listed:#}");
            return Ok(());
        }
        let records: Vec<Record> = serde_json::from_value(listed["checkpoints"].take()).context(OTHER)?;
        if records.is_empty() {
            println!("no checkpoints");
        } else {
            print!("{}", table(records).render());
        }
        Ok(())
    }
}

const OTHER: &str = "the server is of another version";

fn table(records: Vec<Record>) -> Table {
    let mut table = Table::new(&["CHECKPOINT", "CREATED", "VERSION", "SIZE"]);
    for record in records {
        let Record { name, agent_runtime_version, created_at, stored_bytes } = record;
        table.push(vec![name, moment(&created_at), agent_runtime_version, size(stored_bytes)]);
    }
    table
}

impl Named {
    fn open(&self) -> Result<(Client, Place)> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        Ok((client, place))
    }

    fn path(&self, place: &Place, below: &str) -> String {
        place.path(&format!("/checkpoints/{}{below}", escaped(&self.name)))
    }

    fn create(self) -> Result<()> {
        let (client, place) = self.open()?;
        let wish = json!({ "name": self.name });
        let created = client.call(Method::POST, &place.path("/checkpoints"), Some(&wish))?;
        if self.server.json {
            println!("{created:#}");
        } else {
            let record: Record = serde_json::from_value(created).context(OTHER)?;
            println!("{} is kept, {}", record.name, size(record.stored_bytes));
        }
        Ok(())
    }

    fn rewind(self) -> Result<()> {
        let (client, place) = self.open()?;
        let target = self.path(&place, "/rewind");
        print(&client.call(Method::POST, &target, None)?, self.server.json)
    }

    fn delete(self) -> Result<()> {
        let (client, place) = self.open()?;
        let deleted = client.call(Method::DELETE, &self.path(&place, ""), None)?;
        if self.server.json {
            println!("{deleted:#}");
        } else {
            println!("{} is deleted", self.name);
        }
        Ok(())
    }
}

impl Fork {
    fn run(self) -> Result<()> {
        let (client, place) = self.checkpoint.open()?;
        let target = self.checkpoint.path(&place, "/fork");
        let wish = self.to.map_or_else(|| json!({}), |session| json!({ "sessionId": session }));
        let forked: Value = client.call(Method::POST, &target, Some(&wish))?;
        print(&forked, self.checkpoint.server.json)
    }
}
