//! Texts as vectors, by the name that the caller uses.

use std::sync::Arc;

use inference::{Attribution, Embedding, ErrorKind, ModelError, Purpose};

use crate::not_configured;
use crate::service::Inner;

impl Inner {
    pub(crate) async fn embed(
        self: &Arc<Self>,
        name: &str,
        texts: &[String],
        purpose: Purpose,
        _whom: &Attribution,
    ) -> Result<Vec<Embedding>, ModelError> {
        let current = self.current().await;
        let catalog = &*current.catalog;
        let Some(known) = catalog.embedders.get(name) else {
            return Err(not_configured::embedder(name, catalog, current.trouble.as_deref()));
        };
        let vectors = known.embedder.embed(texts, purpose).await?;
        let one = vectors.iter().all(|vector| vector.embedder == vectors[0].embedder);
        if vectors.len() != texts.len() || !one {
            let message = format!("the embedder {name:?} answered with other vectors than it was asked for");
            return Err(ModelError::new(ErrorKind::Malformed, message));
        }
        Ok(vectors)
    }
}
