//! `freehold keys list`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;

use super::Record;
use crate::client::ServerArguments;
use crate::sessions::moment;
use crate::table::Table;

/// List keys.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    server: ServerArguments,
}

impl List {
    pub(super) fn run(self) -> Result<()> {
        let mut answer = self.server.client()?.call(Method::GET, "/_freehold/v1/keys", None)?;
        if self.server.json {
            println!("{answer:#}");
            return Ok(());
        }
        let records: Vec<Record> =
            serde_json::from_value(answer["keys"].take()).context("the server is of another version")?;
        if records.is_empty() {
            println!("no keys but the one that `freehold env` prints");
        } else {
            print!("{}", table(&records).render());
        }
        Ok(())
    }
}

fn table(records: &[Record]) -> Table {
    let mut table = Table::new(&["ID", "NAME", "CREATED", "EXPIRES", "LAST USED"]);
    for record in records {
        let known = |text: &Option<String>| text.as_deref().map_or_else(|| "never".to_owned(), moment);
        table.push(vec![
            record.id.clone(),
            record.name.clone(),
            moment(&record.created_at),
            known(&record.expires_at),
            known(&record.last_used_at),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_has_everything_but_the_key() {
        let record = json!({ "id": "abc", "name": "laptop", "createdAt": "2026-11-21T05:30:00Z" });
        let records = [serde_json::from_value(record).unwrap()];
        let shown = table(&records).render();
        assert_eq!(
            shown,
            "ID   NAME    CREATED                  EXPIRES  LAST USED\n\
             abc  laptop  2026-11-21 05:30:00 UTC  never    never\n"
        );
    }
}
