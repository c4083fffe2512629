//! OpenAI's embeddings, which many other servers speak, too.

mod batch;
pub(crate) mod vector;

use std::sync::{Arc, OnceLock};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use inference::{Embedder, EmbedderId, Embedding, ErrorKind, ModelError, Purpose};
use serde::Deserialize;
use serde_json::json;
use stdx::BoxFuture;

use crate::authorize::HeaderKey;
use crate::{Http, Secret};
use batch::Limits;
use vector::Wire;

/// How many batches are on their way at once.
const AT_ONCE: usize = 4;

/// A model of embeddings behind a server of OpenAI's format.
pub struct OpenAiEmbedder {
    http: Http,
    key: HeaderKey,
    model: String,
    dimensions: Option<usize>,
    limits: Limits,
    /// Known from the first vector on; no other dimension is accepted then.
    id: OnceLock<Arc<EmbedderId>>,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    index: Option<usize>,
    embedding: Wire,
}

impl OpenAiEmbedder {
    /// This model behind this connection, with this API key if the server wants one.
    pub fn new(http: Http, key: Option<Secret>, model: String) -> Self {
        let (key, limits) = (HeaderKey::bearer(key), Limits::default());
        Self { http, key, model, dimensions: None, limits, id: OnceLock::new() }
    }

    /// The same with vectors of this dimension, for models that can shorten them.
    #[must_use]
    pub fn with_dimensions(self, dimensions: usize) -> Self {
        Self { dimensions: Some(dimensions), ..self }
    }

    /// The same with at most so many texts in a request, for servers that take fewer than usual.
    #[must_use]
    pub fn with_batches_of(self, texts: usize) -> Self {
        Self { limits: Limits { texts: texts.max(1), ..self.limits }, ..self }
    }

    async fn embed_batch(&self, texts: &[String]) -> Result<Vec<Embedding>, ModelError> {
        let mut body = json!({"model": self.model, "input": texts, "encoding_format": "base64"});
        if let Some(dimensions) = self.dimensions {
            body["dimensions"] = dimensions.into();
        }
        let request = self.http.post("/embeddings", &body)?;
        let answer: Answer = self.http.send(&request, &self.key).await?.json().await?;
        let mut vectors: Vec<Option<Embedding>> = texts.iter().map(|_| None).collect();
        for (place, entry) in answer.data.into_iter().enumerate() {
            let slot = vectors.get_mut(entry.index.unwrap_or(place)).filter(|slot| slot.is_none());
            let slot = slot.ok_or_else(|| self.malformed("vectors for texts that were not sent"))?;
            let vector = entry.embedding.normalised().map_err(|what| self.malformed(what))?;
            *slot = Some(Embedding { embedder: self.id(vector.len())?, vector });
        }
        let all: Option<Vec<Embedding>> = vectors.into_iter().collect();
        all.ok_or_else(|| self.malformed("fewer vectors than there are texts"))
    }

    fn id(&self, dimension: usize) -> Result<Arc<EmbedderId>, ModelError> {
        let id = self.id.get_or_init(|| Arc::new(EmbedderId { model: self.model.clone(), dimension }));
        let wished = self.dimensions.unwrap_or(id.dimension);
        if dimension == id.dimension && dimension == wished {
            return Ok(Arc::clone(id));
        }
        Err(self.malformed(&format!("a vector of {dimension} dimensions where {wished} are expected")))
    }

    fn malformed(&self, what: &str) -> ModelError {
        self.http.error(ErrorKind::Malformed, &format!("it sent {what}"))
    }
}

impl Embedder for OpenAiEmbedder {
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        _purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        let calls: Vec<_> = self.limits.batches(texts).map(|batch| self.embed_batch(batch)).collect();
        Box::pin(async move {
            let answers: Vec<Vec<Embedding>> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
            Ok(answers.into_iter().flatten().collect())
        })
    }
}
