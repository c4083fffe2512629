//! A model directory as an [`Embedder`].

use std::fs;
use std::path::Path;
use std::sync::Arc;

use inference::{Embedder, EmbedderId, Embedding, ErrorKind, ModelError, Purpose};
use sha2::{Digest as _, Sha256};
use stdx::BoxFuture;

use crate::encoder::Encoder;
use crate::error::LoadError;
use crate::files;
use crate::model::{Bert, Pipeline, Pooling};
use crate::tokens::Tokens;
use crate::weights::Weights;
use crate::workers::{Model, Workers};

const WEIGHTS: &str = "model.safetensors";
/// The most that a file of weights may have.
const LARGEST: u64 = 4 << 30;
/// What other files of weights are called; all of these are pickles.
const PICKLES: [&str; 3] = ["pytorch_model.bin", "model.pt", "model.pkl"];

/// How a model is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Threads that compute; as many as the machine has processors unless set.
    pub threads: Option<usize>,
}

/// A model from a directory, run on this machine.
///
/// It has threads of its own, which go when it goes; callers wait without blocking anybody, and what nobody waits
/// for any more is not computed.
pub struct LocalEmbedder {
    id: Arc<EmbedderId>,
    pipeline: Pipeline,
    workers: Workers,
}

impl LocalEmbedder {
    /// Loads the model of a directory. Blocks for as long as reading some hundred megabytes takes.
    pub fn load(directory: &Path) -> Result<Self, LoadError> {
        Self::load_with(directory, Options { threads: None })
    }

    /// The same, run as the options say.
    pub fn load_with(directory: &Path, options: Options) -> Result<Self, LoadError> {
        let bert = Bert::read(&directory.join("config.json"))?;
        let pipeline = Pipeline::read(directory, &bert)?;
        let (tokens, tokenizer) =
            Tokens::read(&directory.join("tokenizer.json"), &pipeline, bert.vocabulary)?;
        let mut weights = weights(directory, &bert)?;
        let id = EmbedderId { model: digest(&weights, &tokenizer, &bert, &pipeline), dimension: bert.width };
        let encoder = Encoder::new(&bert, &mut weights);
        let model = Model { encoder, tokens, pooling: pipeline.pooling };
        let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
        let workers = Workers::start(model, threads.unwrap_or(1)).map_err(LoadError::Threads)?;
        Ok(Self { id: Arc::new(id), pipeline, workers })
    }

    /// Which model its vectors are from.
    pub fn id(&self) -> &Arc<EmbedderId> {
        &self.id
    }
}

impl Embedder for LocalEmbedder {
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        Box::pin(async move {
            let prompt = self.pipeline.prompt(purpose);
            let mut waiting = Vec::with_capacity(texts.len());
            for text in texts {
                waiting.push(self.workers.submit([prompt, text].concat()).await);
            }
            let mut embeddings = Vec::with_capacity(texts.len());
            for vector in waiting {
                let vector = vector.await.map_err(|_| failed())??;
                embeddings.push(Embedding { embedder: Arc::clone(&self.id), vector });
            }
            Ok(embeddings)
        })
    }
}

fn failed() -> ModelError {
    ModelError::new(ErrorKind::Failed, "the embedding model on this machine failed at this text")
}

fn weights(directory: &Path, bert: &Bert) -> Result<Weights, LoadError> {
    let path = directory.join(WEIGHTS);
    let (file, length) = match files::open(&path, LARGEST) {
        Err(LoadError::Missing { path }) => return Err(without_weights(directory, path)),
        other => other?,
    };
    Weights::read(file, length, &bert.shapes()).map_err(|source| LoadError::Weights { path, source })
}

/// Says what is there instead of the weights.
fn without_weights(directory: &Path, path: std::path::PathBuf) -> LoadError {
    let there = |name: &&str| fs::exists(directory.join(name)).unwrap_or(false);
    if let Some(pickle) = PICKLES.iter().find(|name| there(name)) {
        return LoadError::Pickle { path: directory.join(pickle) };
    }
    if there(&"model.safetensors.index.json") {
        return LoadError::Unsupported { what: "the weights are in several files".to_owned() };
    }
    LoadError::Missing { path }
}

/// Everything that a vector depends on.
fn digest(weights: &Weights, tokenizer: &[u8], bert: &Bert, pipeline: &Pipeline) -> String {
    let pooling = match pipeline.pooling {
        Pooling::Mean => "mean",
        Pooling::First => "first",
    };
    let mut hasher = Sha256::new();
    hasher.update(weights.digest());
    hasher.update(Sha256::digest(tokenizer));
    // The measures that do not show in the weights' shapes.
    let Pipeline { longest, lower_case, document_prompt, query_prompt, .. } = pipeline;
    let (heads, epsilon) = (bert.heads, bert.epsilon);
    hasher.update(format!(
        "{pooling} {heads} {epsilon:e} {longest} {lower_case} {document_prompt:?} {query_prompt:?}"
    ));
    format!("sha256:{}", hex::encode(hasher.finalize()))
}
