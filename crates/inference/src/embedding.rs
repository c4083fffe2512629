//! Texts as vectors.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stdx::BoxFuture;

use crate::error::ModelError;

/// Which model a vector is from, with its dimension. Vectors of different ids have nothing to do with each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmbedderId {
    /// The model: a digest of the weights for a local one, else the provider's id.
    pub model: String,
    /// How many numbers a vector has.
    pub dimension: usize,
}

/// A vector with its origin. Normalised to length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// Which model it is from.
    pub embedder: Arc<EmbedderId>,
    /// The numbers, as many as the embedder's dimension.
    pub vector: Vec<f32>,
}

/// What a text is embedded for; some models tell the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To be found.
    Document,
    /// To find.
    Query,
}

/// Turns texts into vectors.
pub trait Embedder: Send + Sync + 'static {
    /// One vector for each text, in order.
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>>;
}

/// Two vectors of different origin were about to be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("vectors of {one} and of {other} cannot be compared; embed the texts anew with one of them")]
pub struct Mixed {
    /// The origin of the one.
    pub one: EmbedderId,
    /// The origin of the other.
    pub other: EmbedderId,
}

impl Embedding {
    /// How alike two texts are, from -1 to 1; refused for vectors of different origin.
    pub fn similarity(&self, other: &Self) -> Result<f32, Mixed> {
        if self.embedder != other.embedder {
            let (one, other) = ((*self.embedder).clone(), (*other.embedder).clone());
            return Err(Mixed { one, other });
        }
        Ok(self.vector.iter().zip(&other.vector).map(|(one, other)| one * other).sum())
    }
}

impl fmt::Display for EmbedderId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({} dimensions)", self.model, self.dimension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_different_origin_are_not_compared() {
        let embedding = |model: &str, vector: Vec<f32>| Embedding {
            embedder: Arc::new(EmbedderId { model: model.to_owned(), dimension: vector.len() }),
            vector,
        };
        let (one, other) = (embedding("a", vec![0.6, 0.8]), embedding("a", vec![0.8, 0.6]));
        assert!((one.similarity(&other).unwrap() - 0.96).abs() < 1e-6);
        let mixed = one.similarity(&embedding("b", vec![1.0, 0.0])).unwrap_err();
        assert!(mixed.to_string().contains("a (2 dimensions) and of b"), "{mixed}");
    }
}
