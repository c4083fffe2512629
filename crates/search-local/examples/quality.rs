//! Puts documents in an index, each in a place, and asks questions there: what is found by words, by meaning, by both.
//! The vectors of all documents and then of all questions lie in a file, as little-endian numbers one behind the
//! other. Prints the ids of the first ten for each question, as JSON.
//!
//!     quality TEXTS.json VECTORS DIRECTORY
//!
//! with `{"documents": [{"id", "place", "text"}], "questions": [{"place", "text"}]}`.

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use inference::{EmbedderId, Embedding};
use search::{Change, CollectionName, Document, Query, Scope, SearchIndex as _};
use search_local::{LocalSearch, Options};
use serde::Deserialize;
use serde_json::{Value, json};

const WANTED: usize = 10;

#[derive(Deserialize)]
struct Texts {
    documents: Vec<Text>,
    questions: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    #[serde(default)]
    id: String,
    place: String,
    text: String,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts: Texts = serde_json::from_slice(&fs::read(&arguments[0]).unwrap()).unwrap();
    let vectors = vectors(&arguments[1], texts.documents.len() + texts.questions.len());
    let (of_documents, of_questions) = vectors.split_at(texts.documents.len());

    let index = LocalSearch::open(Options::new(&arguments[2])).unwrap();
    let collection = CollectionName::parse("quality").unwrap();
    let put = |(text, vector): (&Text, &Embedding)| {
        Change::Put(Document {
            id: text.id.clone(),
            text: text.text.clone(),
            vector: Some(vector.clone()),
            place: text.place.clone(),
            fields: BTreeMap::new(),
        })
    };
    let changes = texts.documents.iter().zip(of_documents).map(put).collect();
    index.write(&collection, changes).await.unwrap();

    let mut found = serde_json::Map::new();
    for (mode, words, meaning) in [("lexical", true, false), ("vector", false, true), ("hybrid", true, true)]
    {
        let mut all: Vec<Value> = Vec::new();
        for (question, vector) in texts.questions.iter().zip(of_questions) {
            let query = Query {
                text: if words { question.text.clone() } else { String::new() },
                vector: meaning.then(|| vector.clone()),
                scope: Scope::At(question.place.clone()),
                filters: Vec::new(),
                limit: WANTED,
            };
            let hits = index.search(&collection, query).await.unwrap().hits;
            all.push(hits.into_iter().map(|hit| json!([hit.id, hit.score])).collect());
        }
        found.insert(mode.to_owned(), all.into());
    }
    index.close().await;
    println!("{}", Value::from(found));
}

fn vectors(path: &str, count: usize) -> Vec<Embedding> {
    let bytes = fs::read(path).unwrap();
    let numbers: Vec<f32> = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let dimension = numbers.len() / count;
    let embedder = Arc::new(EmbedderId { model: "of the file".to_owned(), dimension });
    let embedding = |vector: &[f32]| Embedding { embedder: embedder.clone(), vector: vector.to_vec() };
    numbers.chunks_exact(dimension).map(embedding).collect()
}
