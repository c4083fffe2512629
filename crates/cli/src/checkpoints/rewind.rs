//! `freehold checkpoints rewind`

use anyhow::Result;
use clap::Args;
use http::Method;

use super::named::Named;
use crate::sessions::print;

/// Take a session back to a checkpoint.
#[derive(Args)]
pub(crate) struct Rewind {
    #[command(flatten)]
    named: Named,
}

impl Rewind {
    pub(super) fn run(self) -> Result<()> {
        let (client, place) = self.named.find()?;
        let target = self.named.path(&place, "/rewind");
        print(&client.call(Method::POST, &target, None)?, self.named.server.json)
    }
}
