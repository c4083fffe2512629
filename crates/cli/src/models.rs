//! `freehold models`

mod add;
mod draft;
mod entry;
mod list;
mod listing;
mod pull;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::paths::DataArgument;

/// Models, by the names that agents use.
#[derive(Subcommand)]
pub(crate) enum Models {
    /// List names, who answers for them, and how those do.
    List(list::List),
    /// Write a name into the models file, and the provider that it needs. A running server takes it up by itself.
    Add(add::Add),
    /// Try a name with one small call: what it answers, how fast, and what it took; or why it does not.
    Test(test::Test),
    /// Bring a model for embeddings onto this machine, and write its name into the models file.
    Pull(pull::Pull),
}

impl Models {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(list) => list.run()?,
            Self::Add(add) => add.run()?,
            Self::Test(test) => return test.run(),
            Self::Pull(pull) => pull.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The models file that a server with these options reads.
fn file(data: &DataArgument) -> Result<PathBuf> {
    let file = data.file()?;
    let own = data.directory(&file)?.models_file();
    Ok(file.models.unwrap_or(own))
}
