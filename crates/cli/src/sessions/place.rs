//! Which session is meant.

use anyhow::{Result, bail};
use clap::Args;
use ids::{AgentRuntimeId, RuntimeSessionId};

use super::list::sessions;
use super::record::Record;
use crate::client::{Client, escaped};

/// A session as people name it: by its id, and by agent and endpoint where the id alone says too little.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlaceArguments {
    /// The session's id, or how it begins
    session: String,
    /// Its agent runtime: name, id or ARN
    #[arg(long)]
    agent: Option<String>,
    /// Its endpoint
    #[arg(long, value_name = "NAME")]
    endpoint_name: Option<String>,
}

/// A session as the server names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    runtime: String,
    endpoint: String,
    session: String,
}

impl Place {
    /// Its path, and that of what lies below it.
    pub(crate) fn path(&self, below: &str) -> String {
        let Self { runtime, endpoint, session } = self;
        let [runtime, endpoint, session] = [runtime, endpoint, session].map(|part| escaped(part));
        format!("/_freehold/v1/sessions/{runtime}/{endpoint}/{session}{below}")
    }
}

impl From<&Record> for Place {
    fn from(record: &Record) -> Self {
        Self {
            runtime: record.agent_runtime_id.clone(),
            endpoint: record.endpoint_name.clone(),
            session: record.session_id.clone(),
        }
    }
}

impl PlaceArguments {
    /// The one session that is meant. Asks the server unless everything was said.
    pub(crate) fn find(&self, client: &Client) -> Result<Place> {
        let endpoint = self.endpoint_name.as_deref();
        if let Some(agent) = &self.agent
            && AgentRuntimeId::parse(agent).is_ok()
            && RuntimeSessionId::parse(&self.session).is_ok()
        {
            let endpoint = endpoint.unwrap_or("DEFAULT").to_owned();
            return Ok(Place { runtime: agent.clone(), endpoint, session: self.session.clone() });
        }
        let records: Vec<_> = sessions(client, "")?.into_iter().map(|(record, _)| record).collect();
        let here = records.iter().filter(|record| {
            let agent = self.agent.as_deref().is_none_or(|agent| is_of(record, agent));
            agent && endpoint.is_none_or(|endpoint| record.endpoint_name == endpoint)
        });
        choose(&self.session, here)
    }
}

/// The record of this very id, or the only one whose id begins so.
fn choose<'r>(id: &str, records: impl Iterator<Item = &'r Record> + Clone) -> Result<Place> {
    let exact: Vec<_> = records.clone().filter(|record| record.session_id == id).collect();
    let found = if exact.is_empty() {
        records.filter(|record| record.session_id.starts_with(id)).collect()
    } else {
        exact
    };
    match found.as_slice() {
        [one] => Ok(Place::from(*one)),
        [] => bail!("there is no session {id}: `freehold sessions list --all` shows those that there are"),
        [one, other, ..] if found.iter().all(|found| found.session_id == one.session_id) => bail!(
            "several agents have a session {id}: say which with --agent {} or --agent {} (and --endpoint-name)",
            one.agent_runtime_id,
            other.agent_runtime_id
        ),
        several => bail!("{} sessions begin with {id}: write more of the id", several.len()),
    }
}

/// Whether the session is of the agent runtime of this name, id or ARN.
pub(super) fn is_of(record: &Record, agent: &str) -> bool {
    let id = record.agent_runtime_id.as_str();
    let name = id.rsplit_once('-').map_or(id, |(name, _)| name);
    agent == id || agent == name || agent.split('/').nth(1) == Some(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(agent: &str, session: &str) -> Record {
        let document = json!({
            "agentRuntimeId": agent, "endpointName": "DEFAULT", "sessionId": session,
            "agentRuntimeVersion": "1", "state": "IDLE", "startedAt": "", "lastUsedAt": "",
        });
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn an_agent_has_three_names() {
        let record = record("my_agent-0123456789", "s");
        for name in [
            "my_agent",
            "my_agent-0123456789",
            "arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/my_agent-0123456789",
        ] {
            assert!(is_of(&record, name), "{name}");
        }
        assert!(!is_of(&record, "my") && !is_of(&record, "0123456789"));
    }

    #[test]
    fn one_session_is_chosen_or_the_reader_is_told_how() {
        let records = [
            record("a-0123456789", "one"),
            record("b-0123456789", "one"),
            record("a-0123456789", "once-more"),
        ];
        let only = |id| choose(id, records.iter()).map(|place| place.path("/x"));
        assert_eq!(only("once").unwrap(), "/_freehold/v1/sessions/a%2D0123456789/DEFAULT/once%2Dmore/x");
        assert!(only("one").unwrap_err().to_string().contains("--agent b-0123456789"));
        assert!(only("on").unwrap_err().to_string().contains("write more"));
        assert!(only("two").unwrap_err().to_string().contains("sessions list"));
        assert!(choose("one", records[1..].iter()).is_ok(), "the very id comes before one that begins so");
    }
}
