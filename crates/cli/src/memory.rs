//! `freehold memory`

mod documents;
mod event;
mod events;
mod list;
mod pages;
mod place;
mod record;
mod records;
mod reindex;
mod report;
mod search;
mod show;
mod tail;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

/// Memories on a running server.
#[derive(Subcommand)]
pub(crate) enum Memory {
    /// List memories, with what waits in them and what failed.
    List(list::List),
    /// Show one memory: its strategies, what is in it, how it is searched.
    Show(show::Show),
    /// List what was said: a session's events, or the sessions that there are.
    Events(events::Events),
    /// List what is remembered, or show one record with where it comes from.
    Records(records::Records),
    /// Add, list, show and remove documents.
    #[command(subcommand)]
    Documents(documents::Documents),
    /// Search what is remembered, or what was said.
    Search(search::Search),
    /// Follow what is said and remembered, until it is interrupted.
    Tail(tail::Tail),
    /// Say what of a memory is of little use: duplicates, and records that nobody found.
    Report(report::Report),
    /// Write the search index anew from what is stored.
    Reindex(reindex::Reindex),
}

impl Memory {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(list) => list.run()?,
            Self::Show(show) => show.run()?,
            Self::Events(events) => events.run()?,
            Self::Records(records) => records.run()?,
            Self::Documents(documents) => documents.run()?,
            Self::Search(search) => search.run()?,
            Self::Tail(tail) => tail.run()?,
            Self::Report(report) => report.run()?,
            Self::Reindex(reindex) => reindex.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
