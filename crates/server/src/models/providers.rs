//! Providers by their kind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use config::models::{Provider, ProviderKind};
use inference_http::{Anthropic, Bedrock, ChatCompletions, Gemini, Responses, Secret};
use inference_scripted::Scripted;
use models::KnownProvider;

use super::catalog::Unusable;
use super::file::{Stamp, stamp};
use super::reach::{Reach, region};
use super::with_cause;

/// Makes providers, and keeps those whose tables have not changed.
pub(super) struct Providers {
    reach: Reach,
    made: BTreeMap<String, Made>,
}

struct Made {
    table: Provider,
    /// The script's file, as it was read.
    script: Option<(PathBuf, Stamp)>,
    known: KnownProvider,
}

impl Providers {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach, made: BTreeMap::new() }
    }

    /// The provider that this table describes.
    pub(super) fn get(&mut self, name: &str, table: &Provider) -> Result<KnownProvider, Unusable> {
        let script = table.script.as_ref().map(|script| self.reach.file(script));
        let script = script.map(|path| (path.clone(), stamp(&path)));
        if let Some(made) = self.made.get(name)
            && made.table == *table
            && made.script == script
        {
            return Ok(made.known.clone());
        }
        let provider = self.make(name, table)?;
        let (kind, system) = (table.kind.as_str(), system(table.kind));
        let known = KnownProvider { kind, system, free: table.kind.is_free(), provider };
        let made = Made { table: table.clone(), script, known: known.clone() };
        self.made.insert(name.to_owned(), made);
        Ok(known)
    }

    /// Forgets all but these.
    pub(super) fn keep(&mut self, names: impl Fn(&str) -> bool) {
        self.made.retain(|name, _| names(name));
    }

    fn make(&self, name: &str, table: &Provider) -> Result<Arc<dyn inference::Provider>, Unusable> {
        let unusable = |why: &dyn std::fmt::Display| Unusable::new("providers", name, why);
        let http = || self.reach.http(name, table).map_err(|error| unusable(&error));
        let key = self.reach.key(table);
        let needed = |key: Option<Secret>| key.ok_or_else(|| unusable(&"`api-key` is missing"));
        Ok(match table.kind {
            ProviderKind::OpenAi => Arc::new(ChatCompletions::new(http()?, key)),
            ProviderKind::OpenAiResponses => Arc::new(Responses::new(http()?, key)),
            ProviderKind::Anthropic => Arc::new(Anthropic::new(http()?, needed(key)?)),
            ProviderKind::Gemini => Arc::new(Gemini::new(http()?, needed(key)?)),
            ProviderKind::Bedrock => {
                Arc::new(Bedrock::new(http()?, self.reach.credentials(table), region(table)))
            }
            ProviderKind::Scripted => {
                let script = table.script.as_ref().ok_or_else(|| unusable(&"`script` is missing"))?;
                let script = Scripted::load(&self.reach.file(script), Arc::clone(&self.reach.clock));
                Arc::new(script.map_err(|error| unusable(&with_cause(&error)))?)
            }
        })
    }
}

/// What the conventions for spans and metrics call such a provider.
pub(super) fn system(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::OpenAi | ProviderKind::OpenAiResponses => "openai",
        ProviderKind::Anthropic => "anthropic",
        ProviderKind::Gemini => "gcp.gemini",
        ProviderKind::Bedrock => "aws.bedrock",
        ProviderKind::Scripted => "scripted",
    }
}
