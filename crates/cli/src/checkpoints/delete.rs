//! `freehold checkpoints delete`

use anyhow::Result;
use clap::Args;
use http::Method;

use super::named::Named;

/// Delete a checkpoint.
#[derive(Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    named: Named,
}

impl Delete {
    pub(super) fn run(self) -> Result<()> {
        let (client, place) = self.named.find()?;
        let deleted = client.call(Method::DELETE, &self.named.path(&place, ""), None)?;
        if self.named.server.json {
            println!("{deleted:#}");
        } else {
            println!("{} is deleted", self.named.name);
        }
        Ok(())
    }
}
