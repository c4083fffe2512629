//! `freehold memory tail`

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::event::line;
use super::place::PlaceArgument;
use crate::client::{Client, ServerArguments, escaped};
use crate::sessions::moment;

/// How long to wait before asking again: at first, and at most while nothing happens.
const SOON: Duration = Duration::from_millis(250);
const LATE: Duration = Duration::from_secs(2);

/// Follow what is said and remembered, until it is interrupted. With --json a line for each.
#[derive(Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    place: PlaceArgument,
    /// So many of the last ones to begin with
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    last: usize,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Value>,
    next: String,
    missed: bool,
}

/// Something that happened.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    at: String,
    what: String,
    actor_id: Option<String>,
    session_id: Option<String>,
    namespace: Option<String>,
    text: Option<String>,
}

impl Tail {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let mut query = format!("?last={}", self.last);
        let mut pause = SOON;
        while let Some(page) = self.ask(&client, &place.own(&format!("/tail{query}")))? {
            if page.missed {
                complain("some of it came too fast, or before the server started, and is not shown");
            }
            for entry in &page.entries {
                println!("{}", self.show(entry)?);
            }
            pause = if page.entries.is_empty() { (pause * 2).min(LATE) } else { SOON };
            query = format!("?after={}", escaped(&page.next));
            if client.interrupted_within(pause)? {
                break;
            }
        }
        Ok(())
    }

    /// What came meanwhile; nothing if somebody interrupts.
    fn ask(&self, client: &Client, target: &str) -> Result<Option<Page>> {
        let Some(page) = client.call_until_interrupted(Method::GET, target)? else { return Ok(None) };
        serde_json::from_value(page).map(Some).context("the server is of another version")
    }

    fn show(&self, entry: &Value) -> Result<String> {
        if self.server.json {
            return Ok(entry.to_string());
        }
        let entry: Entry =
            serde_json::from_value(entry.clone()).context("the server is of another version")?;
        Ok(entry.line())
    }
}

impl Entry {
    fn line(&self) -> String {
        let place = match (&self.actor_id, &self.session_id, &self.namespace) {
            (Some(actor), Some(session), _) => format!("{actor} {session}"),
            (_, _, Some(namespace)) => namespace.clone(),
            _ => "-".to_owned(),
        };
        let text = self.text.as_deref().map(line).unwrap_or_default();
        format!("{}  {:<14}  {place}  {text}", moment(&self.at), self.what).trim_end().to_owned()
    }
}

#[expect(clippy::print_stderr, reason = "it is no part of what is followed")]
fn complain(what: &str) {
    eprintln!("freehold: {what}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_happened_is_a_line() {
        let line = |entry: Value| serde_json::from_value::<Entry>(entry).unwrap().line();
        let at = "2026-11-21T05:30:00.5Z";
        assert_eq!(
            line(json!({ "at": at, "what": "event", "actorId": "anna", "sessionId": "s1", "text": "a\nb" })),
            "2026-11-21 05:30:00 UTC  event           anna s1  a b"
        );
        assert_eq!(
            line(json!({ "at": at, "what": "record removed", "namespace": "/a" })),
            "2026-11-21 05:30:00 UTC  record removed  /a"
        );
    }
}
