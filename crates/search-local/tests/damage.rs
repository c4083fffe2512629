//! Files that are not as they were written make an error, not a panic, and the collection can be made anew.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inference::{EmbedderId, Embedding};
use search::{Change, CollectionName, Document, Query, Scope, SearchError, SearchIndex as _};
use search_local::{LocalSearch, Options};

/// Enough for codes.
const DOCUMENTS: usize = 4_200;

fn name() -> CollectionName {
    CollectionName::parse("damaged").unwrap()
}

fn vector(turn: f32) -> Embedding {
    let embedder = Arc::new(EmbedderId { model: "m".to_owned(), dimension: 2 });
    Embedding { embedder, vector: vec![turn.cos(), turn.sin()] }
}

fn put(number: usize) -> Change {
    Change::Put(Document {
        id: number.to_string(),
        text: format!("word number{number}"),
        vector: Some(vector(number as f32)),
        place: format!("/{}", number % 7),
        fields: BTreeMap::new(),
    })
}

fn query() -> Query {
    let vector = Some(vector(1.0));
    Query { text: "word number7".to_owned(), vector, scope: Scope::All, filters: Vec::new(), limit: 9 }
}

async fn build(directory: &Path) {
    let index = LocalSearch::open(Options::new(directory)).unwrap();
    index.write(&name(), (0..DOCUMENTS).map(put).collect()).await.unwrap();
    index.write(&name(), (0..9).map(put).collect()).await.unwrap();
    index.close().await;
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn copy(from: &Path, to: &Path) {
    let mut all = Vec::new();
    files(from, &mut all);
    for file in all {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
}

/// Does something to a file of these bytes.
type Damage = fn(&Path, Vec<u8>);

const WAYS: [(&str, Damage); 5] = [
    ("cut to half", |path, bytes| fs::write(path, &bytes[..bytes.len() / 2]).unwrap()),
    ("emptied", |path, _| fs::write(path, b"").unwrap()),
    ("removed", |path, _| fs::remove_file(path).unwrap()),
    ("replaced", |path, bytes| fs::write(path, vec![0xa5; bytes.len()]).unwrap()),
    ("changed in the middle", |path, mut bytes| {
        let middle = bytes.len() / 2;
        bytes.iter_mut().skip(middle).take(1).for_each(|byte| *byte ^= 0x10);
        fs::write(path, bytes).unwrap();
    }),
];

#[tokio::test]
async fn damage_is_an_error() {
    let whole = tempfile::tempdir().unwrap();
    build(whole.path()).await;
    let mut all = Vec::new();
    files(whole.path(), &mut all);
    let mut noticed = 0;
    for file in &all {
        for (way, damage) in WAYS {
            let what = format!("{} {way}", file.file_name().unwrap().display());
            let directory = tempfile::tempdir().unwrap();
            copy(whole.path(), directory.path());
            let target = directory.path().join(file.strip_prefix(whole.path()).unwrap());
            damage(&target, fs::read(&target).unwrap());
            noticed += usize::from(survive(directory.path(), &what).await);
        }
    }
    assert!(noticed > all.len(), "{noticed} of {} files", all.len());
}

/// Uses what there is, then makes the collection anew. Says whether the damage was noticed.
async fn survive(directory: &Path, what: &str) -> bool {
    let index = LocalSearch::open(Options::new(directory)).unwrap();
    let errors = [
        index.search(&name(), query()).await.err(),
        index.search(&name(), Query { vector: None, ..query() }).await.err(),
        index.describe(&name()).await.err(),
        index.write(&name(), vec![put(5)]).await.err(),
    ];
    for error in errors.iter().flatten() {
        assert!(matches!(error, SearchError::Damaged { .. }), "{what}: {error:?}");
        assert!(!error.to_string().contains("panic"), "{what}: {error}");
    }
    index.remove(&name()).await.unwrap();
    index.write(&name(), (0..9).map(put).collect()).await.unwrap();
    let found = index.search(&name(), query()).await.unwrap();
    assert_eq!(found.hits.len(), 9, "{what}");
    index.close().await;
    errors.iter().any(Option::is_some)
}

/// Slots that nobody refers to may hold whatever a crash left there.
#[tokio::test]
async fn what_is_in_free_slots_is_nothing() {
    let directory = tempfile::tempdir().unwrap();
    build(directory.path()).await;
    let collection = directory.path().join("damaged");
    // The second write put the first documents elsewhere, so the first slot, which was of "0", is free.
    for (name, entry) in [("vectors-1", 4), ("codes-2", 12)] {
        let mut bytes = fs::read(collection.join(name)).unwrap();
        bytes[entry..entry + 5].fill(0x5a);
        fs::write(collection.join(name), bytes).unwrap();
    }
    let index = LocalSearch::open(Options::new(directory.path())).unwrap();
    for limit in [9, DOCUMENTS] {
        assert_eq!(index.search(&name(), Query { limit, ..query() }).await.unwrap().hits.len(), limit);
    }
    index.write(&name(), (0..20).map(put).collect()).await.unwrap();
    assert_eq!(index.search(&name(), query()).await.unwrap().hits.len(), 9);
    index.close().await;
}

#[tokio::test]
async fn what_a_crash_leaves_is_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    build(directory.path()).await;
    let collection = directory.path().join("damaged");
    fs::write(collection.join("vectors-99"), b"begun, never committed").unwrap();
    fs::create_dir_all(directory.path().join(".removed-other/text")).unwrap();
    fs::create_dir_all(directory.path().join("begun/text")).unwrap();
    let index = LocalSearch::open(Options::new(directory.path())).unwrap();
    assert_eq!(index.collections().await.unwrap(), [name()]);
    assert_eq!(index.search(&name(), query()).await.unwrap().hits.len(), 9);
    assert!(!collection.join("vectors-99").exists());
    assert!(!directory.path().join(".removed-other").exists());
    let begun = CollectionName::parse("begun").unwrap();
    assert_eq!(index.describe(&begun).await.unwrap(), None);
    index.write(&begun, vec![put(1)]).await.unwrap();
    assert_eq!(index.search(&begun, query()).await.unwrap().hits.len(), 1);
    index.close().await;
}
