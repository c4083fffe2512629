//! Embedders by their kind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use config::ModelsFile;
use config::models::{Embedder, EmbedderKind, Provider};
use inference_http::{BedrockEmbedder, OpenAiEmbedder};
use models::KnownEmbedder;

use super::catalog::Unusable;
use super::file::{Stamp, stamp};
use super::local::Local;
use super::providers::system;
use super::reach::{Reach, region};

/// Makes embedders, and keeps those whose tables have not changed.
pub(super) struct Embedders {
    reach: Reach,
    /// Local models lie below this.
    directory: PathBuf,
    made: BTreeMap<String, Made>,
}

struct Made {
    table: Embedder,
    provider: Option<Provider>,
    /// The local weights, as they were.
    weights: Option<Stamp>,
    known: KnownEmbedder,
}

impl Embedders {
    pub(super) fn new(reach: Reach, directory: PathBuf) -> Self {
        Self { reach, directory, made: BTreeMap::new() }
    }

    /// The embedder that this table describes.
    pub(super) fn get(
        &mut self,
        name: &str,
        table: &Embedder,
        file: &ModelsFile,
    ) -> Result<KnownEmbedder, Unusable> {
        let provider = table.provider.as_ref().and_then(|provider| file.providers.get(provider.as_str()));
        let weights = self.weights(table).map(|path| stamp(&path));
        if let Some(made) = self.made.get(name)
            && made.table == *table
            && made.provider.as_ref() == provider
            && made.weights == weights
        {
            return Ok(made.known.clone());
        }
        let known = self.make(name, table, provider)?;
        let made = Made { table: table.clone(), provider: provider.cloned(), weights, known: known.clone() };
        self.made.insert(name.to_owned(), made);
        Ok(known)
    }

    /// Forgets all but these.
    pub(super) fn keep(&mut self, names: impl Fn(&str) -> bool) {
        self.made.retain(|name, _| names(name));
    }

    /// The file of a local model's weights: another one is another model.
    pub(super) fn weights(&self, table: &Embedder) -> Option<PathBuf> {
        table.path.as_ref().map(|path| self.directory.join(path).join("model.safetensors"))
    }

    fn make(
        &self,
        name: &str,
        table: &Embedder,
        provider: Option<&Provider>,
    ) -> Result<KnownEmbedder, Unusable> {
        let unusable = |why: &dyn std::fmt::Display| Unusable::new("embedders", name, why);
        let (Some(provider_name), Some(model), Some(provider)) = (&table.provider, &table.model, provider)
        else {
            return self.local(table).ok_or_else(|| unusable(&"`path` is missing"));
        };
        let http = self.reach.http(provider_name, provider).map_err(|error| unusable(&error))?;
        let embedder: Arc<dyn inference::Embedder> = match table.kind {
            EmbedderKind::Bedrock => {
                let credentials = self.reach.credentials(provider);
                let embedder =
                    BedrockEmbedder::new(http, credentials, region(provider), model, table.dimensions);
                Arc::new(embedder.map_err(|error| unusable(&error))?)
            }
            EmbedderKind::OpenAi | EmbedderKind::Local => {
                let embedder = OpenAiEmbedder::new(http, self.reach.key(provider), model.clone());
                Arc::new(match table.dimensions {
                    Some(dimensions) => embedder.with_dimensions(dimensions),
                    None => embedder,
                })
            }
        };
        Ok(KnownEmbedder {
            kind: table.kind.as_str(),
            system: system(provider.kind),
            provider: provider_name.clone(),
            model: model.clone(),
            free: false,
            embedder,
        })
    }

    fn local(&self, table: &Embedder) -> Option<KnownEmbedder> {
        let path = table.path.as_ref()?;
        Some(KnownEmbedder {
            kind: table.kind.as_str(),
            system: "local",
            provider: "local".to_owned(),
            model: path.display().to_string(),
            free: true,
            embedder: Arc::new(Local::new(self.directory.join(path))),
        })
    }
}
