//! Many collections through few open ones, and many callers of one.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use search::{Change, CollectionName, Document, Query, Scope, SearchIndex as _};
use search_local::{LocalSearch, Options};

fn put(id: &str, text: &str) -> Change {
    let (id, text) = (id.to_owned(), text.to_owned());
    Change::Put(Document { id, text, vector: None, place: String::new(), fields: BTreeMap::new() })
}

fn query(text: &str) -> Query {
    Query { text: text.to_owned(), vector: None, scope: Scope::All, filters: Vec::new(), limit: 1_000 }
}

async fn found(index: &LocalSearch, name: &CollectionName, text: &str) -> usize {
    index.search(name, query(text)).await.unwrap().hits.len()
}

#[tokio::test]
async fn collections_are_closed_and_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { open_collections: 2, writers: 1, ..Options::new(directory.path()) };
    let index = LocalSearch::open(options).unwrap();
    let names: Vec<_> = (0..5).map(|at| CollectionName::parse(&format!("c{at}")).unwrap()).collect();
    for round in 0..3 {
        for name in &names {
            index.write(name, vec![put(&round.to_string(), "word")]).await.unwrap();
            assert_eq!(found(&index, name, "word").await, round + 1);
        }
    }
    for name in names.iter().rev() {
        assert_eq!(found(&index, name, "word").await, 3);
    }
    assert_eq!(index.collections().await.unwrap(), names);
    index.close().await;
    assert!(index.search(&names[0], query("word")).await.is_err(), "it is closed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_searchers_and_removers_do_not_harm_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { open_collections: 1, writers: 1, ..Options::new(directory.path()) };
    let index = Arc::new(LocalSearch::open(options).unwrap());
    let names = ["one", "two"].map(|name| CollectionName::parse(name).unwrap());
    let mut tasks = Vec::new();
    for task in 0..6 {
        let (index, names) = (index.clone(), names.clone());
        tasks.push(tokio::spawn(async move {
            for round in 0..8 {
                let name = &names[(task + round) % 2];
                if task == 0 && round % 3 == 2 {
                    index.remove(name).await.unwrap();
                } else {
                    index.write(name, vec![put(&format!("{task}-{round}"), "word")]).await.unwrap();
                }
                index.search(name, query("word")).await.unwrap();
                index.describe(name).await.unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for name in &names {
        index.remove(name).await.unwrap();
        index.write(name, vec![put("last", "word")]).await.unwrap();
        assert_eq!(found(&index, name, "word").await, 1);
    }
    index.close().await;
    let again = LocalSearch::open(Options::new(directory.path())).unwrap();
    assert_eq!(found(&again, &names[0], "word").await, 1);
    again.close().await;
}
