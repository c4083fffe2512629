//! Providers by their kind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use config::models::{Provider, ProviderKind};
use inference_scripted::Scripted;
use models::KnownProvider;
use stdx::{Clock, Rng};

use super::catalog::Unusable;
use super::file::stamp;

/// Makes providers, and keeps those whose tables have not changed.
pub(super) struct Providers {
    /// Paths in the file are relative to this.
    directory: PathBuf,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    made: BTreeMap<String, Made>,
}

struct Made {
    table: Provider,
    script: Option<Script>,
    known: KnownProvider,
}

/// A script's file, as it was read.
type Script = (PathBuf, Option<(u64, u64, i64, i64)>);

impl Providers {
    pub(super) fn new(directory: PathBuf, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { directory, clock, rng, made: BTreeMap::new() }
    }

    /// The provider that this table describes.
    pub(super) fn get(&mut self, name: &str, table: &Provider) -> Result<KnownProvider, Unusable> {
        let script = table.script.as_ref().map(|script| self.directory.join(script));
        let script = script.map(|path| (path.clone(), stamp(&path)));
        if let Some(made) = self.made.get(name)
            && made.table == *table
            && made.script == script
        {
            return Ok(made.known.clone());
        }
        let known = self.make(name, table, script.as_ref())?;
        let made = Made { table: table.clone(), script, known: known.clone() };
        self.made.insert(name.to_owned(), made);
        Ok(known)
    }

    /// Forgets all but these.
    pub(super) fn keep(&mut self, names: impl Fn(&str) -> bool) {
        self.made.retain(|name, _| names(name));
    }

    fn make(&self, name: &str, table: &Provider, script: Option<&Script>) -> Result<KnownProvider, Unusable> {
        let provider: Arc<dyn inference::Provider> = match (table.kind, script) {
            (ProviderKind::Scripted, Some((path, _))) => {
                let script = Scripted::load(path, Arc::clone(&self.clock));
                Arc::new(script.map_err(|error| Unusable::new("providers", name, error))?)
            }
            (kind, _) => {
                let _ = &self.rng;
                let message = format!("this server cannot reach providers of kind {:?}", kind.as_str());
                return Err(Unusable::new("providers", name, message));
            }
        };
        let (kind, system) = (table.kind.as_str(), system(table.kind));
        Ok(KnownProvider { kind, system, free: table.kind.is_free(), provider })
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
