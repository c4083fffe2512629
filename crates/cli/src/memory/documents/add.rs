//! `freehold memory documents add`

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use http::Method;

use super::{Document, path};
use crate::client::{ServerArguments, escaped};
use crate::memory::place::PlaceArgument;

/// What the end of a file's name has to say where nothing else does.
const UNSAID: &str = "application/octet-stream";

/// Add files to a memory, or put them in place of those of the same names: text, Markdown, HTML and PDF, as the ends of
/// their names say. They are cut into pieces that are found like everything that the memory remembers.
#[derive(Args)]
pub(crate) struct Add {
    #[command(flatten)]
    place: PlaceArgument,
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the document is called [default: the file's name]
    #[arg(long)]
    name: Option<String>,
    /// Where its pieces belong, such as /handbook
    #[arg(long)]
    namespace: Option<String>,
    /// What its pieces can be filtered by; may be repeated
    #[arg(long = "metadata", value_name = "KEY=VALUE")]
    metadata: Vec<String>,
    /// What it is written in, such as text/markdown [default: what the end of its name says]
    #[arg(long)]
    content_type: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

impl Add {
    pub(crate) fn run(self) -> Result<()> {
        ensure!(self.name.is_none() || self.files.len() == 1, "--name is for one file at a time");
        let client = self.server.client()?;
        let place = self.place.find(&client)?;
        for file in &self.files {
            let shown = file.display();
            let own = file.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = self.name.clone().or(own).with_context(|| format!("{shown} is no file"))?;
            let content = std::fs::read(file).with_context(|| format!("{shown} cannot be read"))?;
            let target = format!("{}{}", path(&place, &name), self.query());
            let content_type = self.content_type.as_deref().unwrap_or(UNSAID);
            let answer = client
                .send(Method::PUT, &target, content_type, content.into())
                .with_context(|| format!("{shown} was not added"))?;
            if self.server.json {
                println!("{answer:#}");
                continue;
            }
            let document: Document =
                serde_json::from_value(answer).context("the server is of another version")?;
            println!("{}: {} pieces", document.name, document.pieces);
        }
        Ok(())
    }

    fn query(&self) -> String {
        let namespace = self.namespace.iter().map(|text| format!("namespace={}", escaped(text)));
        let metadata = self.metadata.iter().map(|entry| format!("metadata={}", escaped(entry)));
        let members: Vec<String> = namespace.chain(metadata).collect();
        if members.is_empty() { String::new() } else { format!("?{}", members.join("&")) }
    }
}
