//! Amazon Titan's vectors.

use fault::Result;
use inference::Purpose;
use restjson::Value;
use serde::Deserialize;
use serde_json::json;

use super::{Vectors, Wanted, body};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    input_text: String,
    dimensions: Option<usize>,
    normalize: Option<bool>,
    embedding_types: Option<Vec<String>>,
}

pub(super) fn read(given: Value) -> Result<Wanted> {
    let Body { input_text, dimensions, normalize, embedding_types } = body::read(given)?;
    if normalize == Some(false) {
        return body::refuse("normalize", "cannot be false: vectors have the length 1 here");
    }
    if embedding_types.is_some_and(|types| types.iter().any(|wanted| wanted != "float")) {
        return body::refuse("embeddingTypes", "can only be float");
    }
    let write = move |embeddings: Vec<inference::Embedding>| {
        let vector = embeddings.into_iter().next().map(|embedding| embedding.vector).unwrap_or_default();
        if dimensions.is_some_and(|wanted| wanted != vector.len()) {
            return body::refuse("dimensions", &format!("can only be {} with this embedder", vector.len()));
        }
        Ok(json!({ "embedding": vector, "embeddingsByType": { "float": vector } }))
    };
    let vectors = Vectors { texts: vec![input_text], purpose: Purpose::Document, write: Box::new(write) };
    Ok(Wanted::Vectors(String::new(), vectors))
}
