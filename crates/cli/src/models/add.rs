//! `freehold models add`

use anyhow::{Context, Result};
use clap::Args;

use super::draft::Draft;
use super::entry::{self, Kind, Present, Provider};
use crate::paths::DataArgument;

/// Write a name into the models file.
#[derive(Args)]
#[command(
    after_help = "Example:\n  freehold models add default --provider anthropic --model claude-sonnet-4-6 \
                        --api-key-env ANTHROPIC_API_KEY"
)]
pub(crate) struct Add {
    /// The name that agents use, such as default
    name: String,
    /// The provider, by its name in the file; it is added if it is not there
    #[arg(long)]
    provider: String,
    /// The model, by the provider's own id
    #[arg(long)]
    model: String,
    /// Which format the provider speaks [default: as its name says]
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Where the provider is reached [default: the kind's own place]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// The environment variable of the server that holds the provider's key
    #[arg(long, value_name = "NAME", conflicts_with = "api_key_file")]
    api_key_env: Option<String>,
    /// The file that holds the provider's key
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<String>,
    /// The region, of Bedrock
    #[arg(long)]
    region: Option<String>,
    /// The file with the answers, of a scripted provider
    #[arg(long, value_name = "FILE")]
    script: Option<String>,
    /// The model's share of the calls among those beside it
    #[arg(long, value_name = "NUMBER")]
    weight: Option<u32>,
    /// Ask the model when those that the name stands for already fail
    #[arg(long, group = "present")]
    fallback: bool,
    /// Let the model share the calls with those that the name stands for already
    #[arg(long, group = "present")]
    beside: bool,
    /// Let the name stand for this model only, whatever it stood for
    #[arg(long, group = "present")]
    replace: bool,
    /// The name is for embeddings
    #[arg(long, conflicts_with_all = ["fallback", "beside", "weight"])]
    embedder: bool,
    #[command(flatten)]
    data: DataArgument,
}

impl Add {
    pub(super) fn run(self) -> Result<()> {
        let mut draft = Draft::open(super::file(&self.data)?)?;
        let path = draft.path().to_owned();
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)
                .with_context(|| format!("{} cannot be made", directory.display()))?;
        }
        let provider = Provider {
            name: &self.provider,
            kind: self.kind,
            base_url: self.base_url.as_deref(),
            api_key_env: self.api_key_env.as_deref(),
            api_key_file: self.api_key_file.as_deref(),
            region: self.region.as_deref(),
            script: self.script.as_deref(),
        };
        provider.write(&mut draft)?;
        if self.embedder {
            let kind = self.kind.map_or(self.provider.as_str(), |kind| kind.word());
            let (name, from) = (&self.name, Some(self.provider.as_str()));
            entry::embedder(&mut draft, name, kind, from, &self.model, self.present())?;
        } else {
            let Self { name, provider, model, weight, .. } = &self;
            entry::alias(&mut draft, name, provider, model, *weight, self.present())?;
        }
        let new = draft.write()?;
        println!("{} now says:", path.display());
        new.iter().for_each(|line| println!("  {line}"));
        println!(
            "a running server takes it up within a second; `freehold models test {}` tries it",
            self.name
        );
        Ok(())
    }

    fn present(&self) -> Present {
        match (self.fallback, self.beside, self.replace) {
            (true, ..) => Present::Fallback,
            (_, true, _) => Present::Beside,
            (.., true) => Present::Replace,
            _ => Present::Refuse,
        }
    }
}
