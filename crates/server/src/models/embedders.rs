//! Embedders by their kind.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use config::ModelsFile;
use config::models::{Embedder, EmbedderKind, Provider};
use inference_http::{BedrockEmbedder, OpenAiEmbedder};
use inference_local::CachedEmbedder;
use inference_local::cache::StoredVectors;
use models::KnownEmbedder;
use store::Store;

use super::catalog::Unusable;
use super::file::{Stamp, stamp};
use super::local::Local;
use super::providers::system;
use super::reach::{Reach, region};

/// What an embedder remembers in memory, in bytes.
const REMEMBERED: usize = 32 << 20;
/// How many vectors are kept in the store.
const STORED: u64 = 100_000;

/// The vectors of texts that were embedded before.
#[derive(Clone)]
pub(super) struct Vectors(Arc<StoredVectors>);

impl Vectors {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self(Arc::new(StoredVectors::new(store, STORED)))
    }

    /// The embedder behind a cache; the scope is the same only where its vectors are.
    pub(super) fn before(&self, embedder: Arc<dyn inference::Embedder>, scope: String) -> CachedEmbedder {
        CachedEmbedder::new(embedder, scope, REMEMBERED, Some(Arc::clone(&self.0) as _))
    }
}

/// Makes embedders, and keeps those whose tables have not changed.
pub(super) struct Embedders {
    reach: Reach,
    /// Local models lie below this.
    directory: PathBuf,
    vectors: Vectors,
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
    pub(super) fn new(reach: Reach, directory: PathBuf, vectors: Vectors) -> Self {
        Self { reach, directory, vectors, made: BTreeMap::new() }
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
        let (place, dimensions) =
            (provider.base_url.as_deref().unwrap_or_default(), table.dimensions.unwrap_or(0));
        let scope = format!("{} {place} {model} {dimensions}", table.kind.as_str());
        Ok(KnownEmbedder {
            kind: table.kind.as_str(),
            system: system(provider.kind),
            provider: provider_name.clone(),
            model: model.clone(),
            free: false,
            embedder: Arc::new(self.vectors.before(embedder, scope)),
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
            embedder: Arc::new(Local::new(self.directory.join(path), self.vectors.clone())),
        })
    }
}
