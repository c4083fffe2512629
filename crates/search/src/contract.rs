//! What every engine must do. An engine's tests call [`all`] with a way to make a fresh one.

#![expect(clippy::unwrap_used, reason = "a suite of tests, shipped behind a feature")]

mod changes;
mod choice;
mod embedders;
mod fields;
mod places;
mod texts;

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use inference::{EmbedderId, Embedding};
use stdx::BoxFuture;

use crate::{Change, CollectionName, Document, Filter, Found, Query, Scope, SearchIndex, Value};

/// A fresh, empty engine.
pub struct Subject {
    /// The engine.
    pub index: Arc<dyn SearchIndex>,
    /// Whatever must live as long as the engine, such as its directory.
    pub guard: Box<dyn Any + Send + Sync>,
}

/// Makes a fresh engine.
pub type Open<'a> = &'a (dyn Fn() -> BoxFuture<'static, Subject> + Sync);

/// Everything that is asked of an engine.
pub async fn all(open: Open<'_>) {
    changes::all(open).await;
    places::all(open).await;
    fields::all(open).await;
    choice::all(open).await;
    embedders::all(open).await;
    texts::all(open).await;
}

fn name(text: &str) -> CollectionName {
    CollectionName::parse(text).unwrap()
}

/// A document of some words, in the root.
fn document(id: &str, text: &str) -> Document {
    Document {
        id: id.to_owned(),
        text: text.to_owned(),
        vector: None,
        place: String::new(),
        fields: BTreeMap::new(),
    }
}

impl Document {
    fn at(mut self, place: &str) -> Self {
        place.clone_into(&mut self.place);
        self
    }

    fn with(mut self, field: &str, value: Value) -> Self {
        self.fields.insert(field.to_owned(), value);
        self
    }

    fn meaning(mut self, vector: Embedding) -> Self {
        self.vector = Some(vector);
        self
    }
}

/// A vector of some embedder, brought to length 1.
fn vector(model: &str, numbers: &[f32]) -> Embedding {
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    Embedding {
        embedder: Arc::new(EmbedderId { model: model.to_owned(), dimension: numbers.len() }),
        vector: numbers.iter().map(|number| number / length).collect(),
    }
}

fn words(text: &str) -> Query {
    Query { text: text.to_owned(), vector: None, scope: Scope::All, filters: Vec::new(), limit: 100 }
}

impl Query {
    fn within(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    fn filtered(mut self, filter: Filter) -> Self {
        self.filters.push(filter);
        self
    }

    fn meaning(mut self, vector: Embedding) -> Self {
        self.vector = Some(vector);
        self
    }

    fn at_most(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

impl Subject {
    async fn put(&self, collection: &CollectionName, documents: impl IntoIterator<Item = Document>) {
        let changes = documents.into_iter().map(Change::Put).collect();
        self.index.write(collection, changes).await.unwrap();
    }

    /// What is found, the best first, having looked at what is true of every answer.
    async fn found(&self, collection: &CollectionName, query: Query) -> Found {
        let asked = format!("{query:.200?}");
        let limit = query.limit;
        let found = self.index.search(collection, query).await.unwrap();
        assert!(found.hits.len() <= limit, "{asked}");
        let scores: Vec<_> = found.hits.iter().map(|hit| hit.score).collect();
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{scores:?} for {asked}");
        assert!(scores.is_sorted_by(|one, next| one >= next), "{scores:?} for {asked}");
        found
    }

    /// The ids of what is found, the best first.
    async fn ids(&self, collection: &CollectionName, query: Query) -> Vec<String> {
        self.found(collection, query).await.hits.into_iter().map(|hit| hit.id).collect()
    }

    /// The ids of what is found, in their own order.
    async fn set(&self, collection: &CollectionName, query: Query) -> Vec<String> {
        let mut ids = self.ids(collection, query).await;
        ids.sort();
        ids
    }
}
