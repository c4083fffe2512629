//! `freehold checkpoints fork`

use anyhow::Result;
use clap::Args;
use http::Method;
use serde_json::json;

use super::named::Named;
use crate::sessions::print;

/// Start a new session from a checkpoint.
#[derive(Args)]
pub(crate) struct Fork {
    #[command(flatten)]
    named: Named,
    /// The new session's id; made up unless given
    #[arg(long, value_name = "SESSION")]
    to: Option<String>,
}

impl Fork {
    pub(super) fn run(self) -> Result<()> {
        let (client, place) = self.named.find()?;
        let target = self.named.path(&place, "/fork");
        let wish = json!({ "sessionId": self.to });
        print(&client.call(Method::POST, &target, Some(&wish))?, self.named.server.json)
    }
}
