//! `freehold checkpoints create`

use anyhow::Result;
use clap::Args;
use http::Method;
use serde_json::json;

use super::named::Named;
use super::record::Record;

/// Keep the state that a session is in.
#[derive(Args)]
pub(crate) struct Create {
    #[command(flatten)]
    named: Named,
}

impl Create {
    pub(super) fn run(self) -> Result<()> {
        let (client, place) = self.named.find()?;
        let wish = json!({ "name": self.named.name });
        let created = client.call(Method::POST, &place.path("/checkpoints"), Some(&wish))?;
        if self.named.server.json {
            println!("{created:#}");
        } else {
            println!("{}", Record::read(created)?.sentence());
        }
        Ok(())
    }
}
