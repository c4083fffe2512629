//! `freehold keys`

mod create;
mod list;
mod revoke;

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;
use serde::Deserialize;

/// API keys of a running server, for clients that sign nothing.
#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Make a key and print it. It is kept nowhere: this is the only time that it is shown.
    Create(create::Create),
    /// List keys: everything about them but the keys.
    List(list::List),
    /// Revoke a key: it stops working at once.
    Revoke(revoke::Revoke),
}

impl Keys {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self {
            Self::Create(create) => create.run()?,
            Self::List(list) => list.run()?,
            Self::Revoke(revoke) => revoke.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A key as the server shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    name: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}
