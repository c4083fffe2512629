//! `freehold memory show`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;

use super::list::Row;
use super::place::PlaceArgument;
use crate::client::ServerArguments;
use crate::sessions::moment;
use crate::table::Table;

/// Show one memory: its strategies, what is in it, how it is searched.
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    place: PlaceArgument,
    #[command(flatten)]
    server: ServerArguments,
}

/// A memory with its details.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    #[serde(flatten)]
    row: Row,
    arn: String,
    event_expiry_days: u32,
    embedder: Option<String>,
    strategies: Vec<Strategy>,
    #[serde(default)]
    undelivered: Vec<Waiting>,
}

/// Notices that could not be delivered yet.
#[derive(Deserialize)]
struct Waiting {
    to: String,
    waiting: u64,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Strategy {
    id: String,
    kind: String,
    status: String,
    namespace: String,
}

impl Show {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let answer = client.call(Method::GET, &place.own(""), None)?;
        if self.server.json {
            println!("{answer:#}");
            return Ok(());
        }
        let shown: Shown = serde_json::from_value(answer).context("the server is of another version")?;
        for (name, value) in shown.lines() {
            println!("{name:<10} {value}");
        }
        for Waiting { to, waiting, reason } in &shown.undelivered {
            let reason = reason.as_deref().unwrap_or("on their way");
            println!("{:<10} {waiting} for {to}: {reason}", "notices");
        }
        if !shown.strategies.is_empty() {
            print!("\n{}", shown.table().render());
        }
        Ok(())
    }
}

impl Shown {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let Row { memory_id, name, status, created_at, pending_messages, failed_jobs, index } = &self.row;
        let vectors = match &self.embedder {
            Some(embedder) => format!("{} of {embedder}", index.vectors),
            None => "none: search is by words".to_owned(),
        };
        vec![
            ("memory", memory_id.clone()),
            ("name", name.clone()),
            ("arn", self.arn.clone()),
            ("state", status.to_lowercase()),
            ("created", moment(created_at)),
            ("events", format!("{}, kept {} days", index.events, self.event_expiry_days)),
            ("records", index.records.to_string()),
            ("vectors", vectors),
            ("index", index.state()),
            ("pending", format!("{pending_messages} messages")),
            ("failed", format!("{failed_jobs} jobs")),
        ]
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["STRATEGY", "KIND", "STATE", "NAMESPACE"]);
        for Strategy { id, kind, status, namespace } in &self.strategies {
            table.push(vec![
                id.clone(),
                kind.to_lowercase().replace('_', " "),
                status.to_lowercase(),
                namespace.clone(),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn strategies_and_vectors_are_shown() {
        let memory = json!({
            "memoryId": "birds-0123456789", "name": "birds", "status": "ACTIVE", "arn": "arn:…",
            "createdAt": "2026-11-21T05:30:00Z", "pendingMessages": 3, "failedJobs": 1, "eventExpiryDays": 30,
            "index": { "events": 12, "records": 7, "vectors": 0, "bytes": 2048, "waiting": 0 },
            "strategies": [{
                "id": "facts-0123456789", "name": "facts", "kind": "USER_PREFERENCE", "status": "ACTIVE",
                "namespace": "/{actorId}"
            }],
        });
        let shown: Shown = serde_json::from_value(memory).unwrap();
        let lines = shown.lines();
        assert!(lines.contains(&("vectors", "none: search is by words".to_owned())), "{lines:?}");
        assert!(lines.contains(&("events", "12, kept 30 days".to_owned())), "{lines:?}");
        assert_eq!(
            shown.table().render(),
            "STRATEGY          KIND             STATE   NAMESPACE\n\
             facts-0123456789  user preference  active  /{actorId}\n"
        );
    }
}
