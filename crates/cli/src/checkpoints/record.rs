//! A checkpoint as the server shows it.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

use crate::sessions::moment;
use crate::table::{Table, size};

/// A checkpoint as the server shows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    name: String,
    agent_runtime_version: String,
    created_at: String,
    stored_bytes: u64,
}

impl Record {
    pub(super) fn read(document: Value) -> Result<Self> {
        serde_json::from_value(document).context("the server is of another version")
    }

    /// That it is kept, in a sentence.
    pub(super) fn sentence(&self) -> String {
        format!("{} is kept, {}", self.name, size(self.stored_bytes))
    }
}

/// Checkpoints in columns.
pub(super) fn table(records: Vec<Record>) -> Table {
    let mut table = Table::new(&["CHECKPOINT", "CREATED", "VERSION", "SIZE"]);
    for Record { name, agent_runtime_version, created_at, stored_bytes } in records {
        table.push(vec![name, moment(&created_at), agent_runtime_version, size(stored_bytes)]);
    }
    table
}
