//! What was acknowledged is found after the process was killed, at whatever moment.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use inference::{EmbedderId, Embedding};
use search::{Change, CollectionName, Document, Query, Scope, SearchIndex as _};
use search_local::{LocalSearch, Options};

const DIRECTORY: &str = "SEARCH_LOCAL_TEST_DIRECTORY";
const FROM: &str = "SEARCH_LOCAL_TEST_FROM";
const ROUNDS: usize = 6;

fn name() -> CollectionName {
    CollectionName::parse("crash").unwrap()
}

/// Every round replaces one document, too, so that slots are freed and used again.
fn changes(round: usize) -> Vec<Change> {
    let embedder = Arc::new(EmbedderId { model: "m".to_owned(), dimension: 4 });
    let document = |id: String| {
        let turn = round as f32;
        let vector =
            Some(Embedding { embedder: embedder.clone(), vector: vec![turn.cos(), turn.sin(), 0.0, 0.0] });
        Document {
            id,
            text: format!("word number{round}"),
            vector,
            place: String::new(),
            fields: BTreeMap::new(),
        }
    };
    vec![Change::Put(document(format!("new-{round}"))), Change::Put(document(format!("old-{}", round % 3)))]
}

/// Not a test but the child: writes until it is killed, and says what is done.
#[tokio::test]
async fn child() {
    let Ok(directory) = env::var(DIRECTORY) else { return };
    let from: usize = env::var(FROM).unwrap().parse().unwrap();
    let index = LocalSearch::open(Options::new(directory)).unwrap();
    for round in from.. {
        index.write(&name(), changes(round)).await.unwrap();
        println!("\ndone {round}");
    }
}

/// How many rounds were acknowledged after `from` ones, when the child is killed after so many.
fn write_until_killed(directory: &Path, from: usize, rounds: usize) -> usize {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut done = lines.by_ref().filter_map(|line| line.strip_prefix("done ")?.parse::<usize>().ok());
    let mut last = done.by_ref().take(rounds).last();
    child.kill().unwrap();
    child.wait().unwrap();
    last = done.last().or(last);
    last.map_or(from, |last| last + 1)
}

async fn find(index: &LocalSearch, text: &str) -> Vec<String> {
    let query =
        Query { text: text.to_owned(), vector: None, scope: Scope::All, filters: Vec::new(), limit: 10_000 };
    index.search(&name(), query).await.unwrap().hits.into_iter().map(|hit| hit.id).collect()
}

#[tokio::test]
async fn what_was_acknowledged_is_found_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        acknowledged = write_until_killed(directory.path(), acknowledged, 3 + 2 * round);
        assert!(acknowledged > 0, "the child wrote nothing");
        let index = LocalSearch::open(Options::new(directory.path())).unwrap();
        let found = find(&index, "word").await;
        for at in 0..acknowledged {
            assert!(found.contains(&format!("new-{at}")), "{at} of {acknowledged} is lost");
        }
        let newest = find(&index, &format!("number{}", acknowledged - 1)).await;
        assert!(newest.contains(&format!("old-{}", (acknowledged - 1) % 3)), "{newest:?}");
        let info = index.describe(&name()).await.unwrap().unwrap();
        assert_eq!(info.documents, info.vectors);
        index.close().await;
    }
}
