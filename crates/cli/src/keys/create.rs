//! `freehold keys create`

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::Record;
use crate::client::ServerArguments;

/// Make a key.
#[derive(Args)]
pub(crate) struct Create {
    /// What to call it, so that it is known which one to revoke
    name: String,
    /// When it ends: a date, or a date and time [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    #[command(flatten)]
    server: ServerArguments,
}

#[derive(Deserialize)]
struct Created {
    key: String,
    #[serde(flatten)]
    record: Record,
}

impl Create {
    pub(super) fn run(self) -> Result<()> {
        let wish = json!({ "name": self.name, "expiresAt": self.expires });
        let answer = self.server.client()?.call(Method::POST, "/_freehold/v1/keys", Some(&wish))?;
        if self.server.json {
            println!("{answer:#}");
            return Ok(());
        }
        let Created { key, record } =
            serde_json::from_value(answer).context("the server is of another version")?;
        // The key alone is the output, so that `OPENAI_API_KEY=$(freehold keys create NAME)` is right.
        println!("{key}");
        hint(&format!("this key is shown this once; `freehold keys revoke {}` ends it", record.id));
        Ok(())
    }
}

#[expect(clippy::print_stderr, reason = "for who reads, not for who takes the output")]
fn hint(text: &str) {
    eprintln!("{text}");
}
