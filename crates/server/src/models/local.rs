//! A model on this machine, loaded when it is needed first: a server that embeds nothing holds no weights.

use std::path::PathBuf;
use std::sync::Arc;

use inference::{Embedder, Embedding, ErrorKind, ModelError, Purpose};
use inference_local::{CachedEmbedder, LocalEmbedder};
use stdx::BoxFuture;
use tokio::sync::OnceCell;

use super::embedders::Vectors;
use super::with_cause;

/// The model in a directory.
pub(super) struct Local {
    directory: PathBuf,
    vectors: Vectors,
    loaded: OnceCell<CachedEmbedder>,
}

impl Local {
    pub(super) fn new(directory: PathBuf, vectors: Vectors) -> Self {
        Self { directory, vectors, loaded: OnceCell::new() }
    }

    /// A model that cannot be loaded is tried again with the next call: somebody may have mended it.
    async fn load(&self) -> Result<CachedEmbedder, ModelError> {
        if !self.directory.is_dir() {
            let message = format!(
                "There is no model in {}. `freehold models pull` puts one there.",
                self.directory.display()
            );
            return Err(ModelError::new(ErrorKind::NotConfigured, message));
        }
        let directory = self.directory.clone();
        let loaded = tokio::task::spawn_blocking(move || LocalEmbedder::load(&directory)).await;
        let loaded = loaded
            .map_err(|error| ModelError::new(ErrorKind::Failed, "loading the model failed").because(error))?;
        let embedder = loaded.map_err(|error| {
            let message = format!("The embedding model cannot be used: {}", with_cause(&error));
            ModelError::new(ErrorKind::Failed, message)
        })?;
        let scope = embedder.id().model.clone();
        Ok(self.vectors.before(Arc::new(embedder), scope))
    }
}

impl Embedder for Local {
    fn embed<'a>(
        &'a self,
        texts: &'a [String],
        purpose: Purpose,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        Box::pin(async move {
            let embedder = self.loaded.get_or_try_init(|| self.load()).await?;
            embedder.embed(texts, purpose).await
        })
    }
}
