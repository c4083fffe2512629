//! What a name needs in the models file.

use anyhow::{Result, bail};
use clap::ValueEnum;
use toml_edit::{Array, InlineTable, Item, Table, Value, value};

use super::draft::Draft;

/// Which format a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    #[value(name = "openai")]
    OpenAi,
    #[value(name = "openai-responses")]
    OpenAiResponses,
    Anthropic,
    Gemini,
    Bedrock,
    Scripted,
}

impl Kind {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenAiResponses => "openai-responses",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Bedrock => "bedrock",
            Self::Scripted => "scripted",
        }
    }

    /// Where the kind's own clients look for the key, if they need one.
    const fn usual_key(self) -> Option<&'static str> {
        match self {
            Self::OpenAi | Self::OpenAiResponses => Some("OPENAI_API_KEY"),
            Self::Anthropic => Some("ANTHROPIC_API_KEY"),
            Self::Gemini => Some("GEMINI_API_KEY"),
            Self::Bedrock => Some("AWS_BEARER_TOKEN_BEDROCK"),
            Self::Scripted => None,
        }
    }
}

/// A provider that may have to be written down.
#[derive(Default)]
pub(super) struct Provider<'a> {
    pub(super) name: &'a str,
    pub(super) kind: Option<Kind>,
    pub(super) base_url: Option<&'a str>,
    pub(super) api_key_env: Option<&'a str>,
    pub(super) api_key_file: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    pub(super) script: Option<&'a str>,
}

/// What to do with a name that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Present {
    Refuse,
    Replace,
    /// The target shares the calls with those that are there.
    Beside,
    /// The target is asked when those that are there fail.
    Fallback,
}

impl Provider<'_> {
    /// Writes the provider down, unless it is there; one that is there is not changed.
    pub(super) fn write(&self, draft: &mut Draft) -> Result<()> {
        let path = draft.path().display().to_string();
        let providers = draft.entries("providers")?;
        if providers.contains_key(self.name) {
            if self.says_something() {
                let name = self.name;
                bail!(
                    "the provider {name} is in {path} already: leave its options out, or change them there"
                );
            }
            return Ok(());
        }
        let Some(kind) = self.kind.or_else(|| Kind::from_str(self.name, false).ok()) else {
            bail!("{path} has no provider {}: say --kind to have it added", self.name);
        };
        let mut table = Table::new();
        table.insert("kind", value(kind.word()));
        for (word, said) in [("base-url", self.base_url), ("region", self.region), ("script", self.script)] {
            if let Some(said) = said {
                table.insert(word, value(said));
            }
        }
        if let Some((word, place)) = self.key(kind) {
            table.insert("api-key", value(InlineTable::from_iter([(word, place)])));
        }
        providers.insert(self.name, Item::Table(table));
        Ok(())
    }

    fn says_something(&self) -> bool {
        let texts = [self.base_url, self.api_key_env, self.api_key_file, self.region, self.script];
        self.kind.is_some() || texts.iter().any(Option::is_some)
    }

    /// Where the key is read: as was said, or where it usually is. Servers of one's own often need none.
    fn key(&self, kind: Kind) -> Option<(&'static str, &str)> {
        let said = self.api_key_env.map(|name| ("env", name));
        let said = said.or_else(|| self.api_key_file.map(|path| ("file", path)));
        let own = self.base_url.is_some() && matches!(kind, Kind::OpenAi | Kind::OpenAiResponses);
        let usual = kind.usual_key().filter(|_| !own);
        said.or_else(|| usual.map(|name| ("env", name)))
    }
}

/// Writes an alias down.
pub(super) fn alias(
    draft: &mut Draft,
    name: &str,
    provider: &str,
    model: &str,
    weight: Option<u32>,
    present: Present,
) -> Result<()> {
    let path = draft.path().display().to_string();
    let aliases = draft.entries("aliases")?;
    let target = target(provider, model, weight);
    let Some(alias) = aliases.get_mut(name).filter(|_| present != Present::Replace) else {
        let mut alias = Table::new();
        alias.insert("targets", value(Array::from_iter([target])));
        aliases.insert(name, Item::Table(alias));
        return Ok(());
    };
    match present {
        Present::Beside => {
            let Some(targets) = alias.get_mut("targets").and_then(Item::as_array_mut) else {
                bail!("{path}: write the targets of {name} as one list to add to it");
            };
            targets.push(target);
        }
        Present::Fallback => {
            let Some(alias) = alias.as_table_like_mut() else { bail!("{path}: {name} is no table") };
            let chain = alias.entry("fallback").or_insert_with(|| value(Array::new()));
            let Some(chain) = chain.as_array_mut() else {
                bail!("{path}: write the fallback of {name} as one list to add to it");
            };
            chain.push(Array::from_iter([target]));
        }
        Present::Refuse | Present::Replace => bail!(
            "{name} is in {path} already: say --fallback to ask this model when the others fail, --beside to share \
             the calls with them, or --replace"
        ),
    }
    Ok(())
}

/// Writes an embedder down. A provider of `None` is this machine, and the model a directory.
pub(super) fn embedder(
    draft: &mut Draft,
    name: &str,
    kind: &str,
    provider: Option<&str>,
    model: &str,
    present: Present,
) -> Result<()> {
    let path = draft.path().display().to_string();
    let embedders = draft.entries("embedders")?;
    if embedders.contains_key(name) && present != Present::Replace {
        bail!("{name} is in {path} already: say --replace, and embed anew what was embedded with it");
    }
    let mut table = Table::new();
    table.insert("kind", value(kind));
    match provider {
        Some(provider) => {
            table.insert("provider", value(provider));
            table.insert("model", value(model));
        }
        None => drop(table.insert("path", value(model))),
    }
    embedders.insert(name, Item::Table(table));
    Ok(())
}

fn target(provider: &str, model: &str, weight: Option<u32>) -> Value {
    let mut target = InlineTable::new();
    target.insert("provider", provider.into());
    target.insert("model", model.into());
    if let Some(weight) = weight {
        target.insert("weight", i64::from(weight).into());
    }
    target.into()
}

#[cfg(test)]
mod tests;
