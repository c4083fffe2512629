//! `freehold env`

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Result;
use api_keys::ApiKey;
use authn::RootKey;
use clap::Args;
use ids::Region;
use stdx::SystemRng;

use crate::paths::DataArgument;

/// Print `export` lines for a shell: `eval "$(freehold env)"`. Secrets are among them.
#[derive(Args)]
pub(crate) struct Env {
    /// The address that the server listens on [default: 127.0.0.1:7070]
    #[arg(long, env = "FREEHOLD_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The region that the server was given [default: us-east-1]
    #[arg(long, env = "FREEHOLD_REGION", value_parser = |text: &str| Region::parse(text))]
    region: Option<Region>,
    #[command(flatten)]
    data: DataArgument,
}

/// The services that have an endpoint variable of their own in AWS's clients, all on our port.
const SERVICES: [&str; 6] =
    ["BEDROCK_AGENTCORE", "BEDROCK_AGENTCORE_CONTROL", "BEDROCK", "BEDROCK_RUNTIME", "S3", "STS"];

impl Env {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let file = self.data.file()?;
        let directory = self.data.directory(&file)?;
        directory.create()?;
        let key = RootKey::load_or_create(directory.path(), &SystemRng)?;
        let address = self.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7070)));
        let region = self.region.or(file.region).unwrap_or_default();
        println!("export AWS_ACCESS_KEY_ID={}", key.access_key_id);
        println!("export AWS_SECRET_ACCESS_KEY={}", quote(key.secret.expose()));
        println!("export AWS_REGION={region}");
        println!("export AWS_DEFAULT_REGION={region}");
        for service in SERVICES {
            println!("export AWS_ENDPOINT_URL_{service}=http://{address}");
        }
        println!("export OPENAI_BASE_URL=http://{address}/v1");
        println!("export OPENAI_API_KEY={}", quote(ApiKey::derived(key.secret.expose()).expose()));
        // A session token from another account's login would be sent along and refused.
        println!("unset AWS_SESSION_TOKEN AWS_PROFILE");
        Ok(ExitCode::SUCCESS)
    }
}

/// The text as one word of a shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_is_one_word() {
        assert_eq!(quote("a'b$c"), r"'a'\''b$c'");
    }
}
