//! A cache in front of any [`Embedder`], addressed by content: what was embedded once is not paid for again, and what
//! several callers want at the same moment is computed once.
//!
//! ```text
//!  memory (least recently used goes first) ──▶ in flight? join ──▶ durable rows ──▶ the embedder
//! ```
//!
//! A durable part that fails is no reason to fail a call: it is logged, and the embedder is asked.

mod durable;
mod flights;
mod key;
mod memory;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use inference::{Embedder, EmbedderId, Embedding, ErrorKind, ModelError, Purpose};
use stdx::BoxFuture;

pub use durable::{Durable, StoredVectors};
pub use key::CacheKey;

use flights::{Flights, Turn};
use memory::Memory;

/// An embedder that remembers.
pub struct CachedEmbedder {
    inner: Arc<dyn Embedder>,
    scope: String,
    durable: Option<Arc<dyn Durable>>,
    memory: Mutex<Memory>,
    flights: Flights,
    /// Who makes the vectors now, from the first one on that is no remembered one: under the same name there may have
    /// been somebody else.
    current: OnceLock<Arc<EmbedderId>>,
}

impl CachedEmbedder {
    /// Remembers what `inner` says, in at most so many bytes of memory and in the durable part if there is one.
    ///
    /// The scope names the model behind `inner`: the same one whenever its vectors are the same, another one
    /// otherwise. For a local model that is its id's `model`, for a remote one provider and model.
    pub fn new(
        inner: Arc<dyn Embedder>,
        scope: impl Into<String>,
        memory_bytes: usize,
        durable: Option<Arc<dyn Durable>>,
    ) -> Self {
        let (memory, flights) = (Mutex::new(Memory::new(memory_bytes)), Flights::default());
        Self { inner, scope: scope.into(), durable, memory, flights, current: OnceLock::new() }
    }

    async fn all(&self, texts: &[String], purpose: Purpose) -> Result<Vec<Embedding>, ModelError> {
        let keys: Vec<CacheKey> = texts.iter().map(|text| CacheKey::of(&self.scope, purpose, text)).collect();
        let text_of: HashMap<CacheKey, &String> = keys.iter().copied().zip(texts).collect();
        let mut found = HashMap::new();
        loop {
            found.retain(|_, embedding| self.is_current(embedding));
            // In the order of the texts, and each only once.
            let (mut missing, mut seen) = (Vec::new(), HashSet::new());
            for key in keys.iter().filter(|key| seen.insert(**key)) {
                if !found.contains_key(key) {
                    match self.remembered(key) {
                        Some(embedding) => drop(found.insert(*key, embedding)),
                        None => missing.push(*key),
                    }
                }
            }
            if missing.is_empty() {
                let embedding = |key| found.get(key).cloned().expect("nothing is missing");
                return Ok(keys.iter().map(embedding).collect());
            }
            let turn = self.flights.take_off(missing.into_iter());
            self.compute(&turn, &text_of, purpose, &mut found).await?;
            // Whoever computes these may give up; then they are still missing, and it is our turn.
            found.extend(turn.joined().await);
        }
    }

    /// What it is this caller's turn to find out.
    async fn compute(
        &self,
        turn: &Turn<'_>,
        text_of: &HashMap<CacheKey, &String>,
        purpose: Purpose,
        found: &mut HashMap<CacheKey, Embedding>,
    ) -> Result<(), ModelError> {
        let mut own = turn.own();
        for (key, embedding) in self.stored(&own).await {
            self.remember(key, &embedding);
            turn.land(&key, &embedding);
            found.insert(key, embedding);
        }
        own.retain(|key| !found.contains_key(key));
        if own.is_empty() {
            return Ok(());
        }
        let texts: Vec<String> = own.iter().map(|key| text_of[key].clone()).collect();
        let embeddings = self.inner.embed(&texts, purpose).await?;
        if embeddings.len() != own.len() {
            let what = format!("the embedder gave {} vectors for {} texts", embeddings.len(), own.len());
            return Err(ModelError::new(ErrorKind::Malformed, what));
        }
        if let Some(first) = embeddings.first() {
            self.current.get_or_init(|| Arc::clone(&first.embedder));
        }
        let fresh: Vec<_> = own.into_iter().zip(embeddings).collect();
        for (key, embedding) in &fresh {
            self.remember(*key, embedding);
            turn.land(key, embedding);
        }
        if let Some(durable) = &self.durable
            && let Err(error) = durable.put(&fresh).await
        {
            tracing::warn!(%error, "vectors were not cached durably");
        }
        found.extend(fresh);
        Ok(())
    }

    async fn stored(&self, keys: &[CacheKey]) -> Vec<(CacheKey, Embedding)> {
        let Some(durable) = self.durable.as_ref().filter(|_| !keys.is_empty()) else { return Vec::new() };
        let mut stored = durable.get(keys).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "cached vectors cannot be read");
            Vec::new()
        });
        stored.retain(|(_, embedding)| self.is_current(embedding));
        stored
    }

    /// Whether a vector can be compared with those of now, as far as is known.
    fn is_current(&self, embedding: &Embedding) -> bool {
        self.current.get().is_none_or(|current| *current == embedding.embedder)
    }

    fn remembered(&self, key: &CacheKey) -> Option<Embedding> {
        let remembered = self.memory.lock().expect("no holder of the cache's lock panics").get(key);
        remembered.filter(|embedding| self.is_current(embedding))
    }

    fn remember(&self, key: CacheKey, embedding: &Embedding) {
        self.memory.lock().expect("no holder of the cache's lock panics").put(key, embedding.clone());
    }
}

impl Embedder for CachedEmbedder {
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        Box::pin(self.all(texts, purpose))
    }
}

#[cfg(test)]
mod tests;
