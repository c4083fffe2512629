//! A world without models.

use inference::{Attribution, Embedding, ErrorKind, Events, Inference, ModelError, Purpose, Request};
use stdx::BoxFuture;

pub(crate) struct NoModels;

fn none<T: Send + 'static>() -> BoxFuture<'static, Result<T, ModelError>> {
    let error = ModelError::new(ErrorKind::NotConfigured, "There are no models.");
    Box::pin(std::future::ready(Err(error)))
}

impl Inference for NoModels {
    fn converse<'a>(&'a self, _: Request, _: &'a Attribution) -> BoxFuture<'a, Result<Events, ModelError>> {
        none()
    }

    fn count_tokens<'a>(&'a self, _: Request, _: &'a Attribution) -> BoxFuture<'a, Result<u64, ModelError>> {
        none()
    }

    fn embed<'a>(
        &'a self,
        _: &'a str,
        _: &'a [String],
        _: Purpose,
        _: &'a Attribution,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>> {
        none()
    }
}
