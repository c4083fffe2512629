//! One call, from a name to an answer on its way.

mod answering;

use std::sync::Arc;

use futures_util::StreamExt as _;
use inference::{Attribution, ErrorKind, Event, Events, ModelError, Request};

use crate::breakers::Admitted;
use crate::catalog::{Alias, Catalog, Target};
use crate::route::{Route, goes_on};
use crate::service::Inner;
use crate::{estimate, not_configured};
use answering::Answering;

/// An answer that has begun.
struct Begun {
    admitted: Admitted,
    /// What has come already.
    first: Vec<Event>,
    rest: Events,
}

impl Inner {
    pub(crate) async fn converse(
        self: &Arc<Self>,
        mut request: Request,
        _whom: &Attribution,
    ) -> Result<Events, ModelError> {
        let current = self.current().await;
        let catalog = &*current.catalog;
        let Some(alias) = catalog.aliases.get(&request.model) else {
            return Err(not_configured::alias(&request.model, catalog, current.trouble.as_deref()));
        };
        alias.parameters.fill(&mut request);
        let mut failures = Failures::default();
        let mut route = Route::new(&alias.sets);
        while let Some((target, admitted)) = self.next(&mut route) {
            target.model.clone_into(&mut request.model);
            match self.attempt(catalog, target, admitted, &request).await {
                Ok(Begun { admitted, first, rest }) => {
                    return Ok(Box::pin(Answering::new(admitted, first, rest)));
                }
                Err(error) if goes_on(error.kind()) => {
                    failures.push(target, error);
                    route.failed();
                }
                Err(error) => return Err(error),
            }
        }
        Err(failures.into_error().unwrap_or_else(|| self.all_left_alone(alias)))
    }

    /// The next target that may be asked.
    fn next<'a>(&self, route: &mut Route<'a>) -> Option<(&'a Target, Admitted)> {
        loop {
            let target = route.next(self.ticket())?;
            match self.breakers.admit(target) {
                Some(admitted) => return Some((target, admitted)),
                None => route.not_available(),
            }
        }
    }

    /// Asks a target, and waits until it says something: up to then another one can take its place.
    async fn attempt(
        &self,
        catalog: &Catalog,
        target: &Target,
        mut admitted: Admitted,
        request: &Request,
    ) -> Result<Begun, ModelError> {
        let known = catalog.providers.get(&target.provider);
        let known = known.ok_or_else(|| no_provider(&target.provider))?;
        let begun = async {
            let mut rest = known.provider.converse(request).await?;
            let mut first = Vec::new();
            while let Some(event) = rest.next().await {
                first.push(event?);
                if first.last() != Some(&Event::Start) {
                    return Ok((first, rest));
                }
            }
            let message = format!("{} ended its answer before it began", target.provider);
            Err(ModelError::new(ErrorKind::Malformed, message))
        };
        match begun.await {
            Ok((first, rest)) => {
                admitted.speaks();
                Ok(Begun { admitted, first, rest })
            }
            Err(error) => {
                if error.kind().is_transient() {
                    admitted.failed()
                } else {
                    admitted.succeeded()
                }
                Err(error)
            }
        }
    }

    pub(crate) async fn count_tokens(self: &Arc<Self>, mut request: Request) -> Result<u64, ModelError> {
        let current = self.current().await;
        let catalog = &*current.catalog;
        let Some(alias) = catalog.aliases.get(&request.model) else {
            return Err(not_configured::alias(&request.model, catalog, current.trouble.as_deref()));
        };
        let mut failures = Failures::default();
        let mut route = Route::new(&alias.sets);
        while let Some((target, mut admitted)) = self.next(&mut route) {
            target.model.clone_into(&mut request.model);
            let known = catalog.providers.get(&target.provider);
            let known = known.ok_or_else(|| no_provider(&target.provider))?;
            match known.provider.count_tokens(&request).await {
                Ok(counted) => {
                    admitted.succeeded();
                    return Ok(counted.unwrap_or_else(|| estimate::of_request(&request)));
                }
                Err(error) => {
                    if error.kind().is_transient() {
                        admitted.failed()
                    } else {
                        admitted.succeeded()
                    }
                    if !goes_on(error.kind()) {
                        return Err(error);
                    }
                    failures.push(target, error);
                    route.failed();
                }
            }
        }
        Err(failures.into_error().unwrap_or_else(|| self.all_left_alone(alias)))
    }

    fn all_left_alone(&self, alias: &Alias) -> ModelError {
        let soonest =
            alias.targets().map(|target| self.breakers.standing(target).1).min().unwrap_or_default();
        let targets: Vec<_> =
            alias.targets().map(|target| format!("{}/{}", target.provider, target.model)).collect();
        let message = format!(
            "{} failed too often and will be asked again in {} s.",
            targets.join(", "),
            soonest.as_secs() + 1
        );
        ModelError::new(ErrorKind::Unavailable, message)
    }

    fn ticket(&self) -> u64 {
        let mut bytes = [0; 8];
        self.rng.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

fn no_provider(name: &str) -> ModelError {
    ModelError::new(ErrorKind::NotConfigured, format!("No provider is configured under the name {name:?}."))
}

/// What has failed on the way.
#[derive(Default)]
struct Failures(Vec<(String, ModelError)>);

impl Failures {
    fn push(&mut self, target: &Target, error: ModelError) {
        let target = format!("{}/{}", target.provider, target.model);
        tracing::warn!(target, error = %error, "a model did not answer");
        self.0.push((target, error));
    }

    /// One failure as it is. Of several, the first that may pass by itself says what the caller can do; all say why.
    fn into_error(mut self) -> Option<ModelError> {
        if self.0.len() < 2 {
            return self.0.pop().map(|(_, error)| error);
        }
        let kinds = || self.0.iter().map(|(_, error)| error.kind());
        let kind = kinds().find(|kind| kind.is_transient()).or_else(|| kinds().next())?.clone();
        let each = self.0.iter().map(|(target, error)| format!("{target}: {}", error.message()));
        let message = format!("No model answered. {}", each.collect::<Vec<_>>().join("; "));
        Some(ModelError::new(kind, message))
    }
}
