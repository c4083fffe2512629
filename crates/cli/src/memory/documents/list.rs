//! `freehold memory documents list`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Document;
use crate::client::{ServerArguments, escaped};
use crate::memory::place::PlaceArgument;
use crate::sessions::moment;
use crate::table::Table;

/// List the documents of a memory.
#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: PlaceArgument,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
struct Page {
    documents: Vec<Value>,
    next: Option<String>,
}

impl List {
    pub(crate) fn run(self) -> Result<()> {
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        let (mut documents, mut query) = (Vec::new(), String::new());
        loop {
            let answer = client.call(Method::GET, &place.own(&format!("/documents{query}")), None)?;
            let page: Page = serde_json::from_value(answer).context("the server is of another version")?;
            documents.extend(page.documents);
            let Some(next) = page.next else { break };
            query = format!("?after={}", escaped(&next));
        }
        if self.server.json {
            println!("{:#}", json!({ "documents": documents }));
            return Ok(());
        }
        if documents.is_empty() {
            println!("There are no documents: `freehold memory documents add` adds some.");
            return Ok(());
        }
        let documents: Vec<Document> =
            serde_json::from_value(Value::Array(documents)).context("the server is of another version")?;
        print!("{}", table(documents).render());
        Ok(())
    }
}

fn table(documents: Vec<Document>) -> Table {
    let mut table = Table::new(&["DOCUMENT", "TYPE", "BYTES", "PIECES", "NAMESPACE", "UPDATED"]);
    for document in documents {
        table.push(vec![
            document.name,
            document.content_type,
            document.bytes.to_string(),
            document.pieces.to_string(),
            document.namespace.unwrap_or_else(|| "-".to_owned()),
            moment(&document.updated_at),
        ]);
    }
    table
}
