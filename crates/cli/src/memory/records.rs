//! `freehold memory records`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde_json::{Value, json};

use super::event::line;
use super::pages::rows;
use super::place::PlaceArgument;
use super::record::Record;
use crate::client::{ServerArguments, escaped};
use crate::sessions::moment;
use crate::table::Table;

/// List what is remembered; with --id show one record and where it comes from.
#[derive(Args)]
pub(crate) struct Records {
    #[command(flatten)]
    place: PlaceArgument,
    /// Only this namespace and those below it
    #[arg(long, value_name = "PATH", default_value = "/")]
    path: String,
    /// Only exactly this namespace
    #[arg(long, value_name = "NAMESPACE", conflicts_with = "path")]
    namespace: Option<String>,
    /// Only those of this strategy
    #[arg(long, value_name = "ID")]
    strategy: Option<String>,
    /// This record, with all that is known of it
    #[arg(long, value_name = "RECORD", conflicts_with_all = ["path", "namespace", "strategy", "most"])]
    id: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    most: usize,
    #[command(flatten)]
    server: ServerArguments,
}

impl Records {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        if let Some(id) = &self.id {
            let record = client.call(Method::GET, &place.own(&format!("/records/{}", escaped(id))), None)?;
            self.print_one(&record);
            return Ok(());
        }
        let mut asked = match &self.namespace {
            Some(namespace) => json!({ "namespace": namespace }),
            None => json!({ "namespacePath": self.path }),
        };
        if let Some(strategy) = &self.strategy {
            asked["memoryStrategyId"] = json!(strategy);
        }
        let target = place.agentcore("/memoryRecords");
        let found = rows(&client, &target, &asked, "memoryRecordSummaries", self.most)?;
        if self.server.json {
            println!("{:#}", json!({ "records": found }));
        } else if found.is_empty() {
            println!("no records");
        } else {
            print!("{}", table(&found).context("the server is of another version")?.render());
        }
        Ok(())
    }

    fn print_one(&self, record: &Value) {
        if self.server.json {
            println!("{record:#}");
            return;
        }
        for (name, value) in lines(record) {
            println!("{name:<10} {value}");
        }
    }
}

fn table(found: &[Value]) -> serde_json::Result<Table> {
    let mut table = Table::new(&["RECORD", "NAMESPACE", "CREATED", "TEXT"]);
    for record in found {
        let record: Record = serde_json::from_value(record.clone())?;
        table.push(vec![
            record.memory_record_id.clone(),
            record.namespace().to_owned(),
            record.when(),
            line(record.text()),
        ]);
    }
    Ok(table)
}

/// What is known of a record, a line each.
fn lines(record: &Value) -> Vec<(&'static str, String)> {
    let text = |member: &str| record[member].as_str().map(str::to_owned);
    let at = |member: &str| record[member].as_str().map(moment);
    let origin = &record["origin"];
    let word = |member: &str| origin[member].as_str().map(str::to_owned);
    let list = |member: &str| {
        let items = origin[member].as_array()?.iter().filter_map(Value::as_str);
        let joined = items.collect::<Vec<_>>().join(", ");
        (!joined.is_empty()).then_some(joined)
    };
    let known = [
        ("record", text("memoryRecordId")),
        ("namespace", text("namespace")),
        ("strategy", text("strategyId")),
        ("created", at("createdAt")),
        ("updated", at("updatedAt")),
        ("ends", at("expiresAt")),
        ("comes from", word("from")),
        ("job", word("job")),
        ("step", word("step")),
        ("model", word("model")),
        ("events", list("events")),
        ("replaces", list("supersedes")),
        ("document", word("document")),
        ("below", list("trail")),
        ("text", text("text")),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_record_comes_from_is_shown() {
        let record = json!({
            "memoryRecordId": "mem-1", "namespace": "/a", "text": "x", "createdAt": "2026-11-21T05:30:00Z",
            "origin": { "from": "extracted", "job": "j", "events": ["1#a", "2#b"], "model": "m", "supersedes": [] },
        });
        let lines = lines(&record);
        let line =
            |name: &str| lines.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        assert_eq!(line("events"), Some("1#a, 2#b"));
        assert_eq!(
            (line("model"), line("comes from"), line("replaces")),
            (Some("m"), Some("extracted"), None)
        );
    }
}
