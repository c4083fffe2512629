//! `freehold sessions list`

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use http::Method;
use ids::AgentRuntimeId;
use serde_json::{Value, json};

use super::place::is_of;
use super::record::{Record, moment};
use crate::client::{Client, ServerArguments, escaped};
use crate::table::Table;

/// List sessions.
#[derive(Args)]
pub(crate) struct List {
    /// Only those of this agent runtime: its name, id or ARN
    #[arg(long)]
    agent: Option<String>,
    /// Only those of this endpoint
    #[arg(long, value_name = "NAME")]
    endpoint_name: Option<String>,
    /// Only those in this state
    #[arg(long)]
    state: Option<State>,
    /// Those that have ended, too, as long as the server remembers them
    #[arg(long, conflicts_with = "state")]
    all: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// What a session can be.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum State {
    Starting,
    Active,
    Idle,
    Suspending,
    Suspended,
    Ended,
}

impl List {
    pub(crate) fn run(self) -> Result<()> {
        let mut query = String::new();
        if let Some(id) = self.agent.as_deref().filter(|agent| AgentRuntimeId::parse(agent).is_ok()) {
            query.push_str(&format!("&agentRuntimeId={}", escaped(id)));
        }
        if let Some(endpoint) = &self.endpoint_name {
            query.push_str(&format!("&endpointName={}", escaped(endpoint)));
        }
        if let Some(state) = self.state {
            query.push_str(&format!("&state={}", format!("{state:?}").to_uppercase()));
        }
        let found = sessions(&self.server.client()?, &query)?;
        let wanted = found.into_iter().filter(|(record, _)| {
            let agent = self.agent.as_deref().is_none_or(|agent| is_of(record, agent));
            agent && (self.all || self.state.is_some() || !record.has_ended())
        });
        let (records, documents): (Vec<_>, Vec<_>) = wanted.unzip();
        if self.server.json {
            println!("{:#}", json!({ "sessions": documents }));
        } else if records.is_empty() {
            println!("no sessions");
        } else {
            print!("{}", table(&records).render());
        }
        Ok(())
    }
}

fn table(records: &[Record]) -> Table {
    let mut table = Table::new(&["SESSION", "AGENT", "ENDPOINT", "STATE", "LAST USED"]);
    for record in records {
        table.push(vec![
            record.session_id.clone(),
            record.agent_runtime_id.clone(),
            record.endpoint_name.clone(),
            record.state(),
            moment(&record.last_used_at),
        ]);
    }
    table
}

/// All sessions that a query finds, page by page: read, and as the server wrote them.
pub(super) fn sessions(client: &Client, query: &str) -> Result<Vec<(Record, Value)>> {
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let target = format!("/_freehold/v1/sessions?maxResults=1000{query}{token}");
        let mut page = client.call(Method::GET, &target, None)?;
        let Value::Array(rows) = page["sessions"].take() else { break };
        for row in rows {
            let record = serde_json::from_value(row.clone()).context("the server is of another version")?;
            found.push((record, row));
        }
        let Some(next) = page["nextToken"].as_str() else { break };
        token = format!("&nextToken={}", escaped(next));
    }
    Ok(found)
}
