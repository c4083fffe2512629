//! An engine that compares with everything and forgets it with the process: for tests, and the model of what the
//! others must find.

mod words;

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard};

use inference::EmbedderId;
use stdx::BoxFuture;

use crate::collection::{CollectionInfo, CollectionName};
use crate::document::{Change, Document};
use crate::error::SearchError;
use crate::query::{Found, Hit, Mode, Query};
use crate::{SearchIndex, memory::words::Question};

/// How much meaning counts where there are words, too.
const MEANING: f64 = 0.5;

/// Collections in maps.
#[derive(Debug, Default)]
pub struct MemoryIndex {
    collections: Mutex<BTreeMap<CollectionName, Documents>>,
}

type Documents = BTreeMap<String, Document>;

impl MemoryIndex {
    /// No collections.
    pub fn new() -> Self {
        Self::default()
    }

    fn collections(&self) -> MutexGuard<'_, BTreeMap<CollectionName, Documents>> {
        self.collections.lock().expect("no holder of the index's lock panics")
    }
}

impl SearchIndex for MemoryIndex {
    fn write<'a>(
        &'a self,
        collection: &'a CollectionName,
        changes: Vec<Change>,
    ) -> BoxFuture<'a, Result<(), SearchError>> {
        if changes.is_empty() {
            return Box::pin(ready(Ok(())));
        }
        let mut collections = self.collections();
        let mut documents = collections.get(collection).cloned().unwrap_or_default();
        let written = changes.into_iter().try_for_each(|change| apply(collection, &mut documents, change));
        if written.is_ok() {
            collections.insert(collection.clone(), documents);
        }
        Box::pin(ready(written))
    }

    fn search<'a>(
        &'a self,
        collection: &'a CollectionName,
        query: Query,
    ) -> BoxFuture<'a, Result<Found, SearchError>> {
        let collections = self.collections();
        let nothing = Documents::new();
        let documents = collections.get(collection).unwrap_or(&nothing);
        Box::pin(ready(find(collection, documents, &query)))
    }

    fn describe<'a>(
        &'a self,
        collection: &'a CollectionName,
    ) -> BoxFuture<'a, Result<Option<CollectionInfo>, SearchError>> {
        let collections = self.collections();
        let info = collections.get(collection).map(|documents| CollectionInfo {
            documents: documents.len() as u64,
            vectors: documents.values().filter(|document| document.vector.is_some()).count() as u64,
            embedder: embedder(documents).cloned(),
            bytes: documents.values().map(|document| document.text.len() as u64).sum(),
        });
        Box::pin(ready(Ok(info)))
    }

    fn remove<'a>(&'a self, collection: &'a CollectionName) -> BoxFuture<'a, Result<(), SearchError>> {
        self.collections().remove(collection);
        Box::pin(ready(Ok(())))
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<CollectionName>, SearchError>> {
        Box::pin(ready(Ok(Self::collections(self).keys().cloned().collect())))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

fn embedder(documents: &Documents) -> Option<&EmbedderId> {
    documents.values().find_map(|document| Some(&*document.vector.as_ref()?.embedder))
}

fn apply(collection: &CollectionName, documents: &mut Documents, change: Change) -> Result<(), SearchError> {
    match change {
        Change::Remove(id) => drop(documents.remove(&id)),
        Change::Put(document) => {
            let vector = document.vector.as_ref();
            comparable(collection, documents, vector.map(|vector| &*vector.embedder))?;
            documents.insert(document.id.clone(), document);
        }
    }
    Ok(())
}

fn comparable(
    collection: &CollectionName,
    documents: &Documents,
    came: Option<&EmbedderId>,
) -> Result<(), SearchError> {
    match (embedder(documents), came) {
        (Some(has), Some(came)) if has != came => Err(SearchError::OtherEmbedder {
            collection: collection.clone(),
            has: Box::new(has.clone()),
            came: Box::new(came.clone()),
        }),
        _ => Ok(()),
    }
}

fn find(collection: &CollectionName, documents: &Documents, query: &Query) -> Result<Found, SearchError> {
    comparable(collection, documents, query.vector.as_ref().map(|vector| &*vector.embedder))?;
    let question = Question::new(&query.text, documents.values().map(|document| &*document.text));
    let vector = query.vector.as_ref().filter(|_| embedder(documents).is_some());
    let mode = match (vector, question.is_empty()) {
        (None, _) => Mode::Lexical,
        (Some(_), true) => Mode::Vector,
        (Some(_), false) => Mode::Hybrid,
    };
    let candidates = documents.values().filter(|document| {
        query.scope.has(&document.place) && query.filters.iter().all(|filter| filter.holds(&document.fields))
    });
    let mut hits = Vec::new();
    for document in candidates {
        let words = question.fits(&document.text);
        let meaning = vector.zip(document.vector.as_ref()).map(|(one, other)| {
            let likeness = one.similarity(other).expect("a collection's vectors are of one embedder");
            f64::from(likeness).clamp(0.0, 1.0)
        });
        let score = match (mode, meaning) {
            (Mode::Lexical, _) | (Mode::Hybrid, None) if words == 0.0 => continue,
            (Mode::Vector, None) => continue,
            (Mode::Vector, Some(meaning)) => meaning,
            (Mode::Lexical, _) | (_, None) => words,
            (Mode::Hybrid, Some(meaning)) => MEANING * meaning + (1.0 - MEANING) * words,
        };
        hits.push(Hit { id: document.id.clone(), score });
    }
    hits.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.id.cmp(&other.id)));
    hits.truncate(query.limit);
    Ok(Found { hits, mode, exact: true })
}
