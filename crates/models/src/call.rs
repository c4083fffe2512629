//! One call, from a name to an answer on its way.

mod answering;
mod failures;
mod guard;

use std::sync::Arc;

use futures_util::StreamExt as _;
use inference::{Attribution, ErrorKind, Event, Events, ModelError, Request};
use tracing::Instrument as _;

use crate::breakers::Admitted;
use crate::budgets::Subject;
use crate::catalog::{Alias, Catalog, Target};
use crate::route::{Route, goes_on};
use crate::service::{Current, Inner};
use crate::usage::record::CallOperation;
use crate::{estimate, not_configured};
use answering::Answering;
use failures::Failures;
pub(crate) use guard::{Asked, Call};

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
        whom: &Attribution,
    ) -> Result<Events, ModelError> {
        let current = self.current().await;
        let alias = current.alias(&request.model)?;
        self.ledger.check(&Subject::new(&request.model, whom))?;
        alias.parameters.fill(&mut request);
        let expected = estimate::of_request(&request);
        let name = request.model.clone();
        let mut call = Call::begin(self, &current.catalog, CallOperation::Chat, name, whom, expected)?;
        call.asks(&request);
        let span = call.span().clone();
        match self.through(alias, &current.catalog, request, &mut call).instrument(span).await {
            Ok(Begun { admitted, first, rest }) => Ok(Box::pin(Answering::new(call, admitted, first, rest))),
            Err(error) => {
                call.failed(&error);
                Err(error)
            }
        }
    }

    /// Asks one target after the other until one says something.
    async fn through(
        &self,
        alias: &Alias,
        catalog: &Catalog,
        mut request: Request,
        call: &mut Call,
    ) -> Result<Begun, ModelError> {
        let mut failures = Failures::default();
        let mut route = Route::new(&alias.sets);
        while let Some((target, admitted)) = self.next(&mut route) {
            target.model.clone_into(&mut request.model);
            match self.attempt(catalog, target, admitted, &request, call).await {
                Ok(begun) => return Ok(begun),
                Err(error) if goes_on(error.kind()) => {
                    call.falls_back();
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
        call: &mut Call,
    ) -> Result<Begun, ModelError> {
        let known = catalog.providers.get(&target.provider).ok_or_else(|| no_provider(&target.provider))?;
        call.turns_to(Asked {
            provider: target.provider.clone(),
            model: target.model.clone(),
            system: known.system,
            price: catalog.price(known.free, &target.provider, &target.model),
        });
        let begun = async {
            let mut rest = known.provider.converse(request).await?;
            call.accepted();
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
        let begun = begun.await;
        match begun {
            Ok((first, rest)) => {
                admitted.speaks();
                Ok(Begun { admitted, first, rest })
            }
            Err(error) => {
                admitted.judge(error.kind());
                Err(error)
            }
        }
    }

    /// How many tokens a request would be. Nothing is paid for that, so it is not written down.
    pub(crate) async fn count_tokens(self: &Arc<Self>, mut request: Request) -> Result<u64, ModelError> {
        let current = self.current().await;
        let (alias, catalog) = (current.alias(&request.model)?, &*current.catalog);
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
                    admitted.judge(error.kind());
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
        let left = alias.targets().map(|target| self.breakers.standing(target).1);
        let soonest = left.min().unwrap_or_default();
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

impl Current {
    fn alias(&self, name: &str) -> Result<&Alias, ModelError> {
        let found = self.catalog.aliases.get(name);
        found.ok_or_else(|| not_configured::alias(name, &self.catalog, self.trouble.as_deref()))
    }
}

fn no_provider(name: &str) -> ModelError {
    ModelError::new(ErrorKind::NotConfigured, format!("No provider is configured under the name {name:?}."))
}
