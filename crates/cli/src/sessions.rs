//! `freehold sessions`

mod change;
mod list;
mod place;
mod record;
mod show;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

pub(crate) use place::{Place, PlaceArguments};
pub(crate) use record::moment;
pub(crate) use show::print;

/// Sessions of agents on a running server.
#[derive(Subcommand)]
pub(crate) enum Sessions {
    /// List sessions: those that live or are suspended, unless told otherwise.
    List(list::List),
    /// Show one session.
    Show(show::Show),
    /// Suspend a session: its memory goes to disk until somebody asks it something.
    Suspend(change::Change),
    /// Resume a suspended session now, and not only when somebody asks it something.
    Resume(change::Change),
    /// End a session: what runs, and what is kept of it.
    Stop(change::Change),
}

impl Sessions {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(list) => list.run()?,
            Self::Show(show) => show.run()?,
            Self::Suspend(change) => change.run(change::Verb::Suspend)?,
            Self::Resume(change) => change.run(change::Verb::Resume)?,
            Self::Stop(change) => change.run(change::Verb::Stop)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
