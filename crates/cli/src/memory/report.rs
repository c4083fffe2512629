//! `freehold memory report`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;

use super::event::line;
use super::place::PlaceArgument;
use crate::client::ServerArguments;
use crate::sessions::moment;
use crate::table::Table;

/// Say what of a memory is of little use: records that say the same, and records that no search ever found.
#[derive(Args)]
pub(crate) struct Report {
    #[command(flatten)]
    place: PlaceArgument,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Junk {
    records: u64,
    more: bool,
    duplicate_records: u64,
    duplicates: Vec<Duplicate>,
    never_retrieved: u64,
    examples_never_retrieved: Vec<Unused>,
}

/// A record that says what an older one says.
#[derive(Deserialize)]
struct Duplicate {
    second: String,
    likeness: f64,
    namespace: Option<String>,
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unused {
    memory_record_id: String,
    created_at: String,
    text: String,
}

impl Report {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let answer = client.call(Method::GET, &place.own("/report"), None)?;
        if self.server.json {
            println!("{answer:#}");
            return Ok(());
        }
        let junk: Junk = serde_json::from_value(answer).context("the server is of another version")?;
        print!("{}", junk.render());
        Ok(())
    }
}

impl Junk {
    fn render(&self) -> String {
        let first = if self.more { "the first " } else { "" };
        let mut text = format!(
            "{first}{} records, {} of them duplicates ({}), {} never found by a search ({})\n",
            self.records,
            self.duplicate_records,
            share(self.duplicate_records, self.records),
            self.never_retrieved,
            share(self.never_retrieved, self.records),
        );
        if !self.duplicates.is_empty() {
            let mut table = Table::new(&["DUPLICATE", "LIKENESS", "NAMESPACE", "TEXT"]);
            for Duplicate { second, likeness, namespace, text } in &self.duplicates {
                let namespace = namespace.as_deref().unwrap_or("-").to_owned();
                table.push(vec![second.clone(), format!("{likeness:.2}"), namespace, line(text)]);
            }
            text.push('\n');
            text.push_str(&table.render());
        }
        if !self.examples_never_retrieved.is_empty() {
            let mut table = Table::new(&["NEVER FOUND", "CREATED", "TEXT"]);
            for Unused { memory_record_id, created_at, text } in &self.examples_never_retrieved {
                table.push(vec![memory_record_id.clone(), moment(created_at), line(text)]);
            }
            text.push('\n');
            text.push_str(&table.render());
        }
        text
    }
}

fn share(part: u64, whole: u64) -> String {
    format!("{} %", (part * 100).checked_div(whole).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shares_and_examples_are_shown() {
        let junk = json!({
            "records": 8, "more": false, "duplicateRecords": 1, "neverRetrieved": 4,
            "duplicates": [{
                "first": "mem-1", "second": "mem-2", "likeness": 0.9, "namespace": "/a", "text": "Same."
            }],
            "examplesNeverRetrieved": [{
                "memoryRecordId": "mem-3", "createdAt": "2026-11-21T05:30:00Z", "text": "Old."
            }],
        });
        let junk: Junk = serde_json::from_value(junk).unwrap();
        assert_eq!(
            junk.render(),
            "8 records, 1 of them duplicates (12 %), 4 never found by a search (50 %)\n\n\
             DUPLICATE  LIKENESS  NAMESPACE  TEXT\n\
             mem-2      0.90      /a         Same.\n\n\
             NEVER FOUND  CREATED                  TEXT\n\
             mem-3        2026-11-21 05:30:00 UTC  Old.\n"
        );
    }
}
