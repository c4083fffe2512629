//! `freehold models test`

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use http::Method;
use serde::Deserialize;
use serde_json::json;

use crate::client::ServerArguments;

/// Try a name.
#[derive(Args)]
pub(crate) struct Test {
    /// The name that agents use
    name: String,
    #[command(flatten)]
    server: ServerArguments,
}

/// What came of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tested {
    kind: String,
    said: Option<String>,
    first_token_milliseconds: Option<u64>,
    milliseconds: Option<u64>,
    usage: Option<Tokens>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_tokens: u64,
    cache_write_tokens: u64,
}

#[derive(Deserialize)]
struct Failure {
    kind: String,
    message: String,
}

impl Test {
    pub(super) fn run(self) -> Result<ExitCode> {
        let client = self.server.client()?;
        // Asked for the list, a server looks at the file at once. It may have been changed just before.
        client.call(Method::GET, "/_freehold/v1/models", None)?;
        let wish = json!({ "name": self.name });
        let answer = client.call(Method::POST, "/_freehold/v1/models/test", Some(&wish))?;
        if self.server.json {
            println!("{answer:#}");
        }
        let tested: Tested = serde_json::from_value(answer).context("the server is of another version")?;
        if let Some(Failure { kind, message }) = tested.error {
            let kind = kind.to_lowercase().replace('_', " ");
            anyhow::bail!("{} does not answer ({kind}): {message}", self.name);
        }
        if !self.server.json {
            tested.lines().iter().for_each(|(name, value)| println!("{name:<12} {value}"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Tested {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let said = self.said.clone().map(|said| said.trim().to_owned());
        let tokens = self.usage.as_ref().map(|usage| {
            let read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
            format!("{read} read, {} written", usage.output_tokens)
        });
        let time = |milliseconds: Option<u64>| milliseconds.map(|time| format!("{time} ms"));
        let known = [
            (if self.kind == "embedder" { "embedder" } else { "said" }, said),
            ("tokens", tokens),
            ("first token", time(self.first_token_milliseconds)),
            ("whole", time(self.milliseconds)),
        ];
        known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
