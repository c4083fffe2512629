//! `freehold memory search`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::event::line;
use super::place::PlaceArgument;
use super::record::Record;
use crate::client::ServerArguments;
use crate::sessions::moment;
use crate::table::Table;

/// Search what is remembered, or what was said, best first.
#[derive(Args)]
pub(crate) struct Search {
    #[command(flatten)]
    place: PlaceArgument,
    /// What is looked for
    query: String,
    /// Only this namespace and those below it
    #[arg(long, value_name = "PATH", default_value = "/")]
    path: String,
    /// Only exactly this namespace
    #[arg(long, value_name = "NAMESPACE", conflicts_with = "path")]
    namespace: Option<String>,
    /// Search what was said, not what is remembered
    #[arg(long, conflicts_with_all = ["path", "namespace"])]
    events: bool,
    /// Only what this actor said
    #[arg(long, requires = "events")]
    actor: Option<String>,
    /// Only what was said in this session
    #[arg(long, requires = "actor")]
    session: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    most: usize,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    actor_id: String,
    session_id: String,
    event_timestamp: String,
    score: f64,
    text: String,
}

impl Search {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let (target, asked, member) = if self.events {
            (place.own("/events/search"), self.said(), "results")
        } else {
            (place.agentcore("/retrieve"), self.remembered(), "memoryRecordSummaries")
        };
        let answer = client.call(Method::POST, &target, Some(&asked))?;
        if self.server.json {
            println!("{answer:#}");
            return Ok(());
        }
        let found = answer[member].as_array().context("the server is of another version")?;
        if found.is_empty() {
            println!("nothing found");
            return Ok(());
        }
        let table = if self.events { of_events(found) } else { of_records(found) };
        print!("{}", table.context("the server is of another version")?.render());
        if let Some(mode) = mode(&answer, found) {
            println!("found by {mode} search");
        }
        Ok(())
    }

    fn said(&self) -> Value {
        let mut asked = json!({ "query": self.query, "maxResults": self.most });
        for (member, value) in [("actorId", &self.actor), ("sessionId", &self.session)] {
            if let Some(value) = value {
                asked[member] = json!(value);
            }
        }
        asked
    }

    fn remembered(&self) -> Value {
        let criteria = json!({ "searchQuery": self.query, "topK": self.most });
        let mut asked = json!({ "searchCriteria": criteria, "maxResults": self.most });
        match &self.namespace {
            Some(namespace) => asked["namespace"] = json!(namespace),
            None => asked["namespacePath"] = json!(self.path),
        }
        asked
    }
}

fn mode(answer: &Value, found: &[Value]) -> Option<String> {
    let of_record =
        || serde_json::from_value::<Record>(found.first()?.clone()).ok()?.mode().map(str::to_owned);
    answer["mode"].as_str().map(str::to_owned).or_else(of_record)
}

fn of_records(found: &[Value]) -> serde_json::Result<Table> {
    let mut table = Table::new(&["SCORE", "NAMESPACE", "TEXT"]);
    for record in found {
        let record: Record = serde_json::from_value(record.clone())?;
        table.push(vec![record.score(), record.namespace().to_owned(), line(record.text())]);
    }
    Ok(table)
}

fn of_events(found: &[Value]) -> serde_json::Result<Table> {
    let mut table = Table::new(&["SCORE", "WHEN", "ACTOR", "SESSION", "TEXT"]);
    for said in found {
        let Said { actor_id, session_id, event_timestamp, score, text } =
            serde_json::from_value(said.clone())?;
        table.push(vec![format!("{score:.3}"), moment(&event_timestamp), actor_id, session_id, line(&text)]);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_something_was_found_is_read() {
        let record = json!({
            "memoryRecordId": "mem-1", "content": { "text": "x" }, "namespaces": ["/a"], "createdAt": 0,
            "score": 0.5, "metadata": { "x-freehold-search-mode": { "stringValue": "hybrid" } },
        });
        let found = [record];
        assert_eq!(mode(&json!({}), &found).as_deref(), Some("hybrid"));
        assert_eq!(of_records(&found).unwrap().render(), "SCORE  NAMESPACE  TEXT\n0.500  /a         x\n");
        assert_eq!(mode(&json!({ "mode": "lexical" }), &[]).as_deref(), Some("lexical"));
    }
}
