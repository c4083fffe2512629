use std::sync::atomic::{AtomicUsize, Ordering};

use inference::EmbedderId;
use store::memory::MemoryStore;
use store::{KeyRange, Space, Store};
use tokio::sync::Semaphore;

use super::*;

/// Counts what it embeds, and waits for permission to answer.
struct Counting {
    dimension: usize,
    texts: AtomicUsize,
    calls: Semaphore,
    answers: Semaphore,
}

impl Counting {
    fn new(answers: usize) -> Arc<Self> {
        Self::of(2, answers)
    }

    fn of(dimension: usize, answers: usize) -> Arc<Self> {
        let (texts, calls, answers) = (AtomicUsize::new(0), Semaphore::new(0), Semaphore::new(answers));
        Arc::new(Self { dimension, texts, calls, answers })
    }

    fn embedded(&self) -> usize {
        self.texts.load(Ordering::SeqCst)
    }
}

impl Embedder for Counting {
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        Box::pin(async move {
            self.texts.fetch_add(texts.len(), Ordering::SeqCst);
            self.calls.add_permits(1);
            self.answers.acquire().await.expect("it is never closed").forget();
            if texts.iter().any(|text| text == "bad") {
                return Err(ModelError::new(ErrorKind::Unavailable, "no"));
            }
            let embedder = Arc::new(EmbedderId { model: "counting".to_owned(), dimension: self.dimension });
            let shift = if purpose == Purpose::Query { 0.5 } else { 0.0 };
            let vector = |text: &String| {
                let mut vector = vec![0.0; self.dimension];
                (vector[0], vector[1]) = (text.len() as f32, shift);
                vector
            };
            let embedding = |text| Embedding { embedder: Arc::clone(&embedder), vector: vector(text) };
            Ok(texts.iter().map(embedding).collect())
        })
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn what_is_known_is_not_asked_for_again() {
    let inner = Counting::new(9);
    let cached = CachedEmbedder::new(inner.clone(), "m", 1 << 20, None);
    let first = cached.embed(&texts(&["a", "bb", "a"]), Purpose::Document).await.unwrap();
    assert_eq!((first.len(), first[1].vector[0], inner.embedded()), (3, 2.0, 2));
    let second = cached.embed(&texts(&["bb", "ccc"]), Purpose::Document).await.unwrap();
    assert_eq!((second[0].clone(), inner.embedded()), (first[1].clone(), 3));
    let query = cached.embed(&texts(&["bb"]), Purpose::Query).await.unwrap();
    assert_eq!((query[0].vector[1], inner.embedded()), (0.5, 4));
}

#[tokio::test]
async fn what_several_want_at_once_is_computed_once() {
    let inner = Counting::new(0);
    let cached = Arc::new(CachedEmbedder::new(inner.clone(), "m", 0, None));
    let ask = || {
        let cached = cached.clone();
        tokio::spawn(async move { cached.embed(&texts(&["a"]), Purpose::Document).await.unwrap() })
    };
    let first = ask();
    inner.calls.acquire().await.unwrap().forget();
    let others = [ask(), ask()];
    tokio::task::yield_now().await;
    inner.answers.add_permits(1);
    let vector = first.await.unwrap();
    for other in others {
        assert_eq!(other.await.unwrap(), vector);
    }
    assert_eq!(inner.embedded(), 1);
}

#[tokio::test]
async fn whoever_waits_takes_over_from_one_who_gives_up() {
    let inner = Counting::new(0);
    let cached = Arc::new(CachedEmbedder::new(inner.clone(), "m", 1 << 20, None));
    let ask = || {
        let cached = cached.clone();
        tokio::spawn(async move { cached.embed(&texts(&["a"]), Purpose::Document).await.unwrap() })
    };
    let first = ask();
    inner.calls.acquire().await.unwrap().forget();
    let second = ask();
    tokio::task::yield_now().await;
    first.abort();
    inner.calls.acquire().await.unwrap().forget();
    inner.answers.add_permits(1);
    assert_eq!(second.await.unwrap()[0].vector[0], 1.0);
}

#[tokio::test]
async fn a_failure_is_told_and_not_remembered() {
    let inner = Counting::new(9);
    let cached = CachedEmbedder::new(inner.clone(), "m", 1 << 20, None);
    for asked in 1..=2 {
        let error = cached.embed(&texts(&["bad"]), Purpose::Document).await.unwrap_err();
        assert_eq!((error.kind(), inner.embedded()), (&ErrorKind::Unavailable, asked));
    }
}

#[tokio::test]
async fn vectors_outlive_the_process_in_so_many_rows() {
    let store = Arc::new(MemoryStore::new());
    let inner = Counting::new(99);
    let rows = async || store.range(Space::new("embedding-cache"), &KeyRange::all(), 99).await.unwrap().len();
    for round in 0..3 {
        let durable = Arc::new(StoredVectors::new(store.clone(), 4));
        let cached = CachedEmbedder::new(inner.clone(), "m", 1 << 20, Some(durable));
        let asked = texts(&["a", "bb", "ccc"]);
        let found = cached.embed(&asked, Purpose::Document).await.unwrap();
        assert_eq!((found[2].vector[0], found[2].embedder.model.as_str()), (3.0, "counting"));
        assert_eq!(inner.embedded(), 3, "round {round}");
    }
    assert_eq!(rows().await, 3);
    let durable = Arc::new(StoredVectors::new(store.clone(), 4));
    let cached = CachedEmbedder::new(inner.clone(), "m", 0, Some(durable));
    cached.embed(&texts(&["dddd", "eeeee"]), Purpose::Document).await.unwrap();
    assert_eq!((rows().await, inner.embedded()), (4, 5));
    cached.embed(&texts(&["a"]), Purpose::Document).await.unwrap();
    assert_eq!(inner.embedded(), 6, "the oldest one has gone");
}

#[tokio::test]
async fn vectors_of_another_embedder_of_that_name_are_made_anew() {
    let durable = Arc::new(StoredVectors::new(Arc::new(MemoryStore::new()), 9));
    let asked = texts(&["a", "bb", "ccc"]);
    let (before, after) = (Counting::new(99), Counting::of(3, 99));
    for (inner, fresh) in [(&before, "ccc"), (&after, "dddd")] {
        let cached = CachedEmbedder::new(inner.clone(), "m", 1 << 20, Some(durable.clone()));
        // What it remembers is believed until it says something new.
        cached.embed(&asked[..2], Purpose::Document).await.unwrap();
        cached.embed(&texts(&["a", fresh]), Purpose::Document).await.unwrap();
        let found = cached.embed(&asked, Purpose::Document).await.unwrap();
        assert!(found.iter().all(|embedding| embedding.embedder.dimension == inner.dimension));
    }
    assert_eq!((before.embedded(), after.embedded()), (3, 4));
    let again = CachedEmbedder::new(after.clone(), "m", 0, Some(durable));
    again.embed(&asked, Purpose::Document).await.unwrap();
    assert_eq!(after.embedded(), 4, "they are kept in place of the old ones");
}
