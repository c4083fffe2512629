//! Who answers: a provider of models, and whoever stands before several of them.

use stdx::BoxFuture;

use crate::embedding::{Embedding, Purpose};
use crate::error::ModelError;
use crate::event::Events;
use crate::request::Request;

/// A provider of models behind one wire format. It neither retries an answer that has begun nor chooses another
/// model; it does retry a request that was not answered at all, as its options say.
pub trait Provider: Send + Sync + 'static {
    /// Asks a model; [`Request::model`] is the provider's own id. The future is done when the provider has accepted
    /// the request: a refusal is its error, what fails later is an error in the stream.
    fn converse<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Events, ModelError>>;

    /// How many tokens the request would be, by the provider's own count; `None` where it has no way to ask.
    fn count_tokens<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Option<u64>, ModelError>>;
}

/// On whose behalf a model is called: what usage is accounted to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attribution {
    /// The account.
    pub account: String,
    /// The agent, by its runtime's or harness's ARN or whatever the caller calls it.
    pub agent: Option<String>,
    /// The session.
    pub session: Option<String>,
    /// The user.
    pub user: Option<String>,
}

/// Models by the names that agents use. The `models` service is one; services and doors are written against this.
pub trait Inference: Send + Sync + 'static {
    /// Asks a model; [`Request::model`] is an alias.
    fn converse<'a>(
        &'a self,
        request: Request,
        whom: &'a Attribution,
    ) -> BoxFuture<'a, Result<Events, ModelError>>;

    /// How many tokens the request would be: the provider's count where it has one, else an estimate.
    fn count_tokens<'a>(
        &'a self,
        request: Request,
        whom: &'a Attribution,
    ) -> BoxFuture<'a, Result<u64, ModelError>>;

    /// One vector for each text, in order, all by the same embedder.
    fn embed<'a>(
        &'a self,
        alias: &'a str,
        texts: &'a [String],
        purpose: Purpose,
        whom: &'a Attribution,
    ) -> BoxFuture<'a, Result<Vec<Embedding>, ModelError>>;
}
