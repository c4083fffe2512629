//! An embedder that tests switch off, on and over to another one. A text's vector counts its letters, so that texts of
//! the same letters are near each other.

use std::sync::{Arc, Mutex};

use inference::{
    Attribution, EmbedderId, Embedding, ErrorKind, Events, Inference, ModelError, Purpose, Request,
};
use stdx::BoxFuture;

/// The only model there is: one that embeds.
#[derive(Debug)]
pub(crate) struct Letters(Mutex<State>);

#[derive(Debug)]
struct State {
    dimension: usize,
    /// The dimension of the other one that answers every second call.
    other: Option<usize>,
    failure: Option<ErrorKind>,
    calls: usize,
}

impl Letters {
    pub(crate) fn new(dimension: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { dimension, other: None, failure: None, calls: 0 })))
    }

    /// From now on it fails so; or does not.
    pub(crate) fn fail(&self, failure: Option<ErrorKind>) {
        self.0.lock().unwrap().failure = failure;
    }

    /// From now on it is another one.
    pub(crate) fn become_another(&self, dimension: usize) {
        self.0.lock().unwrap().dimension = dimension;
    }

    /// From now on another one answers every second call.
    pub(crate) fn alternate(&self, dimension: usize) {
        self.0.lock().unwrap().other = Some(dimension);
    }

    /// How often it was asked.
    pub(crate) fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }
}

impl Inference for Letters {
    fn converse<'a>(&'a self, _: Request, _: &'a Attribution) -> BoxFuture<'a, Result<Events, ModelError>> {
        Box::pin(std::future::ready(Err(ModelError::new(ErrorKind::NotConfigured, "no model"))))
    }

    fn count_tokens<'a>(&'a self, _: Request, _: &'a Attribution) -> BoxFuture<'a, Result<u64, ModelError>> {
        Box::pin(std::future::ready(Err(ModelError::new(ErrorKind::NotConfigured, "no model"))))
    }

    fn embed<'a>(
        &'a self,
        _: &'a str,
        texts: &'a [String],
        _: Purpose,
        _: &'a Attribution,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut state = self.0.lock().unwrap();
            state.calls += 1;
            if let Some(kind) = &state.failure {
                return Err(ModelError::new(kind.clone(), "the embedder was told to fail"));
            }
            if texts.iter().any(|text| text.contains("unembeddable")) {
                return Err(ModelError::new(ErrorKind::Invalid, "one of the texts cannot be embedded"));
            }
            let other = state.other.filter(|_| state.calls % 2 == 1);
            let dimension = other.unwrap_or(state.dimension);
            let embedder = Arc::new(EmbedderId { model: "letters".to_owned(), dimension });
            let embedding = |text: &String| Embedding {
                vector: vector(text, embedder.dimension),
                embedder: embedder.clone(),
            };
            Ok(texts.iter().map(embedding).collect())
        })
    }
}

fn vector(text: &str, dimension: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimension];
    for letter in text.to_lowercase().bytes().filter(u8::is_ascii_lowercase) {
        vector[usize::from(letter) % dimension] += 1.0;
    }
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt().max(1.0);
    vector.iter().map(|number| number / length).collect()
}
