//! `freehold memory list`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;

use crate::client::ServerArguments;
use crate::sessions::moment;
use crate::table::{Table, size};

/// List memories, with what waits in them and what failed.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
struct Listed {
    memories: Vec<Row>,
}

/// A memory as the server shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) memory_id: String,
    pub(super) name: String,
    pub(super) status: String,
    pub(super) created_at: String,
    /// Messages that nobody has learned from yet.
    pub(super) pending_messages: u64,
    pub(super) failed_jobs: u64,
    pub(super) index: Index,
}

/// What can be found.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Index {
    pub(super) events: u64,
    pub(super) records: u64,
    pub(super) vectors: u64,
    pub(super) bytes: u64,
    /// Records that are stored and not found yet.
    pub(super) waiting: u64,
}

impl List {
    pub(crate) fn run(self) -> Result<()> {
        let answer = self.server.client()?.call(Method::GET, "/_freehold/v1/memories", None)?;
        if self.server.json {
            println!("{answer:#}");
            return Ok(());
        }
        let listed: Listed = serde_json::from_value(answer).context("the server is of another version")?;
        if listed.memories.is_empty() {
            println!("no memories");
        } else {
            print!("{}", table(&listed.memories).render());
        }
        Ok(())
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table =
        Table::new(&["MEMORY", "STATE", "EVENTS", "RECORDS", "PENDING", "FAILED", "INDEX", "CREATED"]);
    for row in rows {
        table.push(vec![
            row.memory_id.clone(),
            row.status.to_lowercase(),
            row.index.events.to_string(),
            row.index.records.to_string(),
            row.pending_messages.to_string(),
            row.failed_jobs.to_string(),
            row.index.state(),
            moment(&row.created_at),
        ]);
    }
    table
}

impl Index {
    /// The index in a few words.
    pub(super) fn state(&self) -> String {
        match self.waiting {
            0 => size(self.bytes),
            waiting => format!("{}, {waiting} waiting", size(self.bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_waits_and_what_failed_is_seen() {
        let memory = json!({
            "memoryId": "birds-0123456789", "name": "birds", "status": "ACTIVE",
            "createdAt": "2026-11-21T05:30:00Z", "pendingMessages": 3, "failedJobs": 1,
            "index": { "events": 12, "records": 7, "vectors": 7, "bytes": 2048, "waiting": 2 },
        });
        let rows = [serde_json::from_value(memory).unwrap()];
        assert_eq!(
            table(&rows).render(),
            "MEMORY            STATE   EVENTS  RECORDS  PENDING  FAILED  INDEX               CREATED\n\
             birds-0123456789  active  12      7        3        1       2.0 KiB, 2 waiting  2026-11-21 05:30:00 UTC\n"
        );
    }
}
