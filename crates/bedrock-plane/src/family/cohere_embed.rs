//! Cohere's vectors.

use fault::Result;
use inference::{Embedding, Purpose};
use restjson::Value;
use serde::Deserialize;
use serde_json::json;

use super::{About, Vectors, Wanted, body};

/// How many texts a body may hold.
const MOST: usize = 96;

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    texts: Vec<String>,
    input_type: Option<String>,
    embedding_types: Option<Vec<String>>,
}

pub(super) fn read(given: Value, about: &About<'_>) -> Result<Wanted> {
    let Body { texts, input_type, embedding_types } = body::read(given)?;
    if texts.is_empty() || texts.len() > MOST {
        return body::refuse("texts", &format!("must have 1 to {MOST} items"));
    }
    let by_type = embedding_types.is_some();
    if embedding_types.is_some_and(|types| types.iter().any(|wanted| wanted != "float")) {
        return body::refuse("embedding_types", "can only be float");
    }
    let purpose = match input_type.as_deref() {
        Some("search_query") => Purpose::Query,
        _ => Purpose::Document,
    };
    let (id, said) = (about.id.to_owned(), texts.clone());
    let write = move |embeddings: Vec<Embedding>| {
        let vectors: Vec<_> = embeddings.into_iter().map(|embedding| embedding.vector).collect();
        let (vectors, kind) = match by_type {
            true => (json!({ "float": vectors }), "embeddings_by_type"),
            false => (json!(vectors), "embeddings_floats"),
        };
        Ok(json!({ "id": id, "response_type": kind, "embeddings": vectors, "texts": said }))
    };
    Ok(Wanted::Vectors(String::new(), Vectors { texts, purpose, write: Box::new(write) }))
}
