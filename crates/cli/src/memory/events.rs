//! `freehold memory events`

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::event::Event;
use super::pages::rows;
use super::place::{Place, PlaceArgument};
use super::record::when;
use crate::client::{Client, ServerArguments, escaped};
use crate::table::Table;

/// List what was said: the events of a session, newest first; without --session the sessions that there are.
#[derive(Args)]
pub(crate) struct Events {
    #[command(flatten)]
    place: PlaceArgument,
    /// Whose
    #[arg(long)]
    actor: Option<String>,
    /// In which session
    #[arg(long, requires = "actor")]
    session: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    most: usize,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    session_id: String,
    actor_id: String,
    created_at: f64,
}

impl Events {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let (member, found) = match (&self.actor, &self.session) {
            (Some(actor), Some(session)) => ("events", self.events(&client, &place, actor, session)?),
            _ => ("sessions", self.sessions(&client, &place)?),
        };
        if self.server.json {
            println!("{:#}", json!({ member: found }));
        } else if found.is_empty() {
            println!("no {member}");
        } else if member == "events" {
            print!("{}", of_events(&found).context("the server is of another version")?.render());
        } else {
            print!("{}", of_sessions(&found).context("the server is of another version")?.render());
        }
        Ok(())
    }

    fn events(&self, client: &Client, place: &Place, actor: &str, session: &str) -> Result<Vec<Value>> {
        let below = format!("/actor/{}/sessions/{}", escaped(actor), escaped(session));
        rows(client, &place.agentcore(&below), &json!({}), "events", self.most)
    }

    /// The sessions of the actor, or of all actors.
    fn sessions(&self, client: &Client, place: &Place) -> Result<Vec<Value>> {
        let actors = match &self.actor {
            Some(actor) => vec![actor.clone()],
            None => {
                let target = place.agentcore("/actors");
                let actors = rows(client, &target, &json!({}), "actorSummaries", self.most)?;
                actors.iter().filter_map(|row| Some(row["actorId"].as_str()?.to_owned())).collect()
            }
        };
        let mut found = Vec::new();
        for actor in actors {
            let target = place.agentcore(&format!("/actor/{}/sessions", escaped(&actor)));
            found.extend(rows(client, &target, &json!({}), "sessionSummaries", self.most - found.len())?);
            if found.len() >= self.most {
                break;
            }
        }
        Ok(found)
    }
}

fn of_events(found: &[Value]) -> serde_json::Result<Table> {
    let mut table = Table::new(&["WHEN", "EVENT", "BRANCH", "WHO", "WHAT"]);
    for event in found {
        let event: Event = serde_json::from_value(event.clone())?;
        let mut first = vec![event.when(), event.event_id.clone(), event.branch().to_owned()];
        for (who, what) in event.parts() {
            first.extend([who, what]);
            table.push(first);
            first = vec![String::new(); 3];
        }
    }
    Ok(table)
}

fn of_sessions(found: &[Value]) -> serde_json::Result<Table> {
    let mut table = Table::new(&["ACTOR", "SESSION", "CREATED"]);
    for session in found {
        let Session { session_id, actor_id, created_at } = serde_json::from_value(session.clone())?;
        table.push(vec![actor_id, session_id, when(created_at)]);
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_two_parts_has_two_lines() {
        let said = |text: &str| json!({ "conversational": { "role": "USER", "content": { "text": text } } });
        let event = json!({ "eventId": "1#f", "eventTimestamp": 0, "payload": [said("a"), said("b")] });
        assert_eq!(
            of_events(&[event]).unwrap().render(),
            "WHEN                     EVENT  BRANCH  WHO   WHAT\n\
             1970-01-01 00:00:00 UTC  1#f    -       user  a\n\
             \u{20}                                       user  b\n"
        );
    }
}
