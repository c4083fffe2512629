//! Embeddings by Bedrock's models: Amazon's Titan and Cohere's Embed.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use inference::{Embedder, EmbedderId, Embedding, ErrorKind, ModelError, Purpose};
use serde::Deserialize;
use serde_json::{Value, json};
use stdx::BoxFuture;

use super::credentials::BedrockCredentials;
use super::path;
use super::sign::AwsProof;
use crate::Http;
use crate::openai_embeddings::vector::Wire;

/// How many texts Cohere takes at once.
const COHERE_BATCH: usize = 96;
/// How many requests are on their way at the same time.
const AT_ONCE: usize = 8;

/// A model of Bedrock's that turns texts into vectors.
#[derive(Clone)]
pub struct BedrockEmbedder {
    http: Http,
    proof: Arc<AwsProof>,
    model: String,
    family: Family,
    dimension: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// One text a request, always of the same length.
    TitanOne,
    /// One text a request.
    Titan,
    /// Several, always of the same length.
    CohereThree,
    /// Several.
    Cohere,
}

#[derive(Deserialize)]
struct TitanAnswer {
    embedding: Wire,
}

#[derive(Deserialize)]
struct CohereAnswer {
    embeddings: CohereVectors,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CohereVectors {
    Plain(Vec<Wire>),
    ByType { float: Vec<Wire> },
}

impl BedrockEmbedder {
    /// The model of this id, with vectors of this dimension where the model lets one choose.
    pub fn new(
        http: Http,
        credentials: BedrockCredentials,
        region: impl Into<String>,
        model: impl Into<String>,
        dimension: Option<usize>,
    ) -> Result<Self, ModelError> {
        let model = model.into();
        let family = Family::of(&model).ok_or_else(|| {
            let what = format!("{model} is neither a Titan text embedding model nor one of Cohere's");
            http.error(ErrorKind::NotConfigured, &what)
        })?;
        if dimension.is_some() && matches!(family, Family::TitanOne | Family::CohereThree) {
            let what = format!("the dimension of {model} cannot be chosen");
            return Err(http.error(ErrorKind::NotConfigured, &what));
        }
        let proof = AwsProof { credentials, region: region.into(), clock: Arc::clone(http.clock()) };
        Ok(Self { http, proof: Arc::new(proof), model, family, dimension })
    }

    async fn invoke(&self, texts: &[String], purpose: Purpose) -> Result<Vec<Wire>, ModelError> {
        let body = self.body(texts, purpose);
        let ask = self.http.post(&path(&self.model, "invoke"), &body)?;
        let mut incoming = self.http.send(&ask, &*self.proof).await?;
        let vectors = match self.family {
            Family::TitanOne | Family::Titan => vec![incoming.json::<TitanAnswer>().await?.embedding],
            Family::CohereThree | Family::Cohere => match incoming.json::<CohereAnswer>().await?.embeddings {
                CohereVectors::Plain(vectors) | CohereVectors::ByType { float: vectors } => vectors,
            },
        };
        if vectors.len() == texts.len() {
            return Ok(vectors);
        }
        Err(self.malformed(&format!("{} vectors for {} texts", vectors.len(), texts.len())))
    }

    fn body(&self, texts: &[String], purpose: Purpose) -> Value {
        let mut body = match self.family {
            Family::TitanOne => json!({"inputText": texts.first()}),
            Family::Titan => json!({"inputText": texts.first(), "normalize": true}),
            Family::CohereThree | Family::Cohere => {
                let purpose = match purpose {
                    Purpose::Document => "search_document",
                    Purpose::Query => "search_query",
                };
                json!({"texts": texts, "input_type": purpose, "embedding_types": ["float"]})
            }
        };
        if let Some(dimension) = self.dimension {
            let name = if self.family == Family::Titan { "dimensions" } else { "output_dimension" };
            body[name] = dimension.into();
        }
        body
    }

    /// The vectors with their origin, all of one dimension.
    fn with_origin(&self, vectors: Vec<Wire>) -> Result<Vec<Embedding>, ModelError> {
        let vectors = vectors.into_iter().map(Wire::normalised).collect::<Result<Vec<_>, _>>();
        let vectors = vectors.map_err(|what| self.malformed(what))?;
        let dimension = self.dimension.or_else(|| vectors.first().map(Vec::len)).unwrap_or_default();
        if vectors.iter().any(|vector| vector.len() != dimension) {
            return Err(self.malformed(&format!("vectors of other dimensions than {dimension}")));
        }
        let embedder = Arc::new(EmbedderId { model: self.model.clone(), dimension });
        let embeddings =
            vectors.into_iter().map(|vector| Embedding { embedder: Arc::clone(&embedder), vector });
        Ok(embeddings.collect())
    }

    fn malformed(&self, what: &str) -> ModelError {
        self.http.error(ErrorKind::Malformed, &format!("it sent {what}"))
    }
}

impl Embedder for BedrockEmbedder {
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        let batches = texts.chunks(self.family.batch());
        let calls: Vec<_> = batches.map(|batch| self.invoke(batch, purpose)).collect();
        Box::pin(async move {
            let vectors: Vec<Vec<Wire>> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
            self.with_origin(vectors.into_iter().flatten().collect())
        })
    }
}

impl Family {
    /// The family of a model by its id, which may begin with a region's or be an ARN's end.
    fn of(model: &str) -> Option<Self> {
        if model.contains("amazon.titan-embed-text-v2") {
            Some(Self::Titan)
        } else if model.contains("amazon.titan-embed") {
            Some(Self::TitanOne)
        } else if model.contains("cohere.embed") {
            Some(if model.contains("-v3") { Self::CohereThree } else { Self::Cohere })
        } else {
            None
        }
    }

    fn batch(self) -> usize {
        match self {
            Self::TitanOne | Self::Titan => 1,
            Self::CohereThree | Self::Cohere => COHERE_BATCH,
        }
    }
}
