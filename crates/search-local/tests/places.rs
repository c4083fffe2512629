//! What stands in other places changes nothing where few documents may be found.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use search::{Change, CollectionName, Document, Hit, Query, Scope, SearchIndex as _};
use search_local::{LocalSearch, Options};

fn put(place: &str, id: usize, text: &str) -> Change {
    let (id, text, place) = (format!("{place}-{id}"), text.to_owned(), place.to_owned());
    Change::Put(Document { id, text, vector: None, place, fields: BTreeMap::new() })
}

async fn found(index: &LocalSearch, question: &str) -> Vec<Hit> {
    let (text, scope) = (question.to_owned(), Scope::At("/anna".to_owned()));
    let query = Query { text, vector: None, scope, filters: Vec::new(), limit: 10 };
    index.search(&CollectionName::parse("places").unwrap(), query).await.unwrap().hits
}

#[tokio::test]
async fn other_places_change_no_score() {
    let directory = tempfile::tempdir().unwrap();
    let index = LocalSearch::open(Options::new(directory.path())).unwrap();
    let name = CollectionName::parse("places").unwrap();
    let texts = ["Anna likes trains.", "Anna went to Rome by train.", "The cat sleeps beneath the stove."];
    let own = texts.iter().enumerate().map(|(at, text)| put("/anna", at, text)).collect();
    index.write(&name, own).await.unwrap();
    let questions =
        ["Which trains does Anna like?", "When has Anna gone to Rome?", "Where does Anna's cat sleep?"];
    let mut before = Vec::new();
    for (question, best) in questions.iter().zip(["/anna-0", "/anna-1", "/anna-2"]) {
        let hits = found(&index, question).await;
        assert!(hits[0].id == best && hits[0].score > 0.5, "{question}: {hits:?}");
        before.push(hits);
    }
    let others = (0..200).map(|at| put("/bert", at, ["Rome, Rome and trains.", "A cat, as ever."][at % 2]));
    index.write(&name, others.collect()).await.unwrap();
    for (question, before) in questions.iter().zip(before) {
        assert_eq!(found(&index, question).await, before, "{question}");
    }
    index.close().await;
}
