//! A model on this machine, loaded when it is needed first: a server that embeds nothing holds no weights.

use std::path::PathBuf;

use inference::{Embedder, Embedding, ErrorKind, ModelError, Purpose};
use inference_local::LocalEmbedder;
use stdx::BoxFuture;
use tokio::sync::OnceCell;

use super::with_cause;

/// The model in a directory.
pub(super) struct Local {
    directory: PathBuf,
    loaded: OnceCell<LocalEmbedder>,
}

impl Local {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, loaded: OnceCell::new() }
    }

    /// A model that cannot be loaded is tried again with the next call: somebody may have mended it.
    async fn load(&self) -> Result<LocalEmbedder, ModelError> {
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
        loaded.map_err(|error| {
            ModelError::new(
                ErrorKind::Failed,
                format!("The embedding model cannot be used: {}", with_cause(&error)),
            )
        })
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
