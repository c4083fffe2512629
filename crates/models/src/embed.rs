//! Texts as vectors, by the name that the caller uses.

use std::sync::Arc;

use inference::{Attribution, Embedding, ErrorKind, ModelError, Purpose};
use tracing::Instrument as _;

use crate::budgets::Subject;
use crate::call::{Asked, Call};
use crate::catalog::KnownEmbedder;
use crate::service::Inner;
use crate::usage::record::CallOperation;
use crate::{estimate, not_configured};

impl Inner {
    pub(crate) async fn embed(
        self: &Arc<Self>,
        name: &str,
        texts: &[String],
        purpose: Purpose,
        whom: &Attribution,
    ) -> Result<Vec<Embedding>, ModelError> {
        let current = self.current().await;
        let catalog = &*current.catalog;
        let Some(known) = catalog.embedders.get(name) else {
            return Err(not_configured::embedder(name, catalog, current.trouble.as_deref()));
        };
        self.ledger.check(&Subject::new(name, whom))?;
        let expected = texts.iter().map(|text| estimate::of_bytes(text.len())).sum();
        let mut call =
            Call::begin(self, catalog, CallOperation::Embeddings, name.to_owned(), whom, expected)?;
        call.turns_to(Asked {
            provider: known.provider.clone(),
            model: known.model.clone(),
            system: known.system,
            price: catalog.price(known.free, &known.provider, &known.model),
        });
        let span = call.span().clone();
        match vectors(known, name, texts, purpose).instrument(span).await {
            Ok(vectors) => {
                call.accepted();
                call.completed();
                Ok(vectors)
            }
            Err(error) => {
                call.failed(&error);
                Err(error)
            }
        }
    }
}

/// Vectors, as many as there are texts, all of one origin.
async fn vectors(
    known: &KnownEmbedder,
    name: &str,
    texts: &[String],
    purpose: Purpose,
) -> Result<Vec<Embedding>, ModelError> {
    let vectors = known.embedder.embed(texts, purpose).await?;
    let one = vectors.iter().all(|vector| vector.embedder == vectors[0].embedder);
    if vectors.len() != texts.len() || !one {
        let message = format!("the embedder {name:?} answered with other vectors than it was asked for");
        return Err(ModelError::new(ErrorKind::Malformed, message));
    }
    Ok(vectors)
}
