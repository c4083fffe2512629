//! `freehold checkpoints`

mod create;
mod delete;
mod fork;
mod list;
mod named;
mod record;
mod rewind;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// Checkpoints of sessions on a running server: states to start from again.
#[derive(Subcommand)]
pub(crate) enum Checkpoints {
    /// List a session's checkpoints.
    List(list::List),
    /// Keep the state that a session is in now, memory and disk, under a name.
    Create(create::Create),
    /// Start a new session from a checkpoint. The old one goes on as it is.
    Fork(fork::Fork),
    /// Take a session back to a checkpoint. What it has become since is lost.
    Rewind(rewind::Rewind),
    /// Delete a checkpoint. Sessions that were started from it stay.
    Delete(delete::Delete),
}

impl Checkpoints {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(list) => list.run()?,
            Self::Create(create) => create.run()?,
            Self::Fork(fork) => fork.run()?,
            Self::Rewind(rewind) => rewind.run()?,
            Self::Delete(delete) => delete.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
