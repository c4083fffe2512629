//! `freehold keys revoke`

use anyhow::Result;
use clap::Args;
use http::Method;

use crate::client::{ServerArguments, escaped};

/// Revoke a key.
#[derive(Args)]
pub(crate) struct Revoke {
    /// The key's id, as `freehold keys list` shows it
    id: String,
    #[command(flatten)]
    server: ServerArguments,
}

impl Revoke {
    pub(super) fn run(self) -> Result<()> {
        let target = format!("/_freehold/v1/keys/{}", escaped(&self.id));
        let answer = self.server.client()?.call(Method::DELETE, &target, None)?;
        if self.server.json {
            println!("{answer:#}");
        } else {
            println!("{} is revoked", answer["name"].as_str().unwrap_or(&self.id));
        }
        Ok(())
    }
}
