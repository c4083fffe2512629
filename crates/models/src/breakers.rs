//! The breakers of all models that were called, and the hand that tells one what came of a call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use inference::ErrorKind;
use stdx::Clock;

use crate::breaker::{Breaker, Limits, Pass, Standing};
use crate::catalog::{Alias, Catalog, Target};

/// A provider's name and a model's id.
type Place = (String, String);

pub(crate) struct Breakers {
    clock: Arc<dyn Clock>,
    limits: Limits,
    table: Mutex<HashMap<Place, Breaker>>,
}

/// A call that a breaker has let through. Dropping it says that nobody waited for what would come of it.
pub(crate) struct Admitted {
    breakers: Arc<Breakers>,
    place: Place,
    pass: Option<Pass>,
}

impl Breakers {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits: Limits::default(), table: Mutex::default() }
    }

    /// Lets a call to the target through, unless the target is left alone at the moment.
    pub(crate) fn admit(self: &Arc<Self>, target: &Target) -> Option<Admitted> {
        let place = (target.provider.clone(), target.model.clone());
        let now = self.clock.elapsed();
        let mut table = self.table();
        let breaker = table.entry(place.clone()).or_insert_with(|| Breaker::new(self.limits));
        let pass = breaker.admit(now)?;
        Some(Admitted { breakers: Arc::clone(self), place, pass: Some(pass) })
    }

    /// How the target's breaker stands; with how long it is to be left alone still.
    pub(crate) fn standing(&self, target: &Target) -> (Standing, Duration) {
        let place = (target.provider.clone(), target.model.clone());
        let standing = self.table().get(&place).map_or(Standing::Closed, Breaker::standing);
        let left = match standing {
            Standing::Open(until) => until.saturating_sub(self.clock.elapsed()),
            Standing::Closed | Standing::HalfOpen => Duration::ZERO,
        };
        (standing, left)
    }

    /// Forgets what is known of targets that are no longer there, or whose provider is set up in another way.
    pub(crate) fn replaced(&self, before: &Catalog, after: &Catalog) {
        let same = |provider: &str| match (before.providers.get(provider), after.providers.get(provider)) {
            (Some(before), Some(after)) => Arc::ptr_eq(&before.provider, &after.provider),
            _ => false,
        };
        let used = |(provider, model): &Place| {
            let mut targets = after.aliases.values().flat_map(Alias::targets);
            targets.any(|target| target.provider == *provider && target.model == *model)
        };
        self.table().retain(|place, _| same(&place.0) && used(place));
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Place, Breaker>> {
        self.table.lock().expect("no holder of the breakers' lock panics")
    }
}

impl Admitted {
    /// The model has begun to speak.
    pub(crate) fn speaks(&mut self) {
        let Some(pass) = &mut self.pass else { return };
        if let Some(breaker) = self.breakers.table().get_mut(&self.place) {
            breaker.speaks(pass);
        }
    }

    /// The call went well.
    pub(crate) fn succeeded(&mut self) {
        self.settle(|breaker, pass, _| breaker.succeeded(pass));
    }

    /// The call failed: through the provider's fault, or in a way that says nothing against it.
    pub(crate) fn judge(&mut self, kind: &ErrorKind) {
        if kind.is_transient() {
            self.settle(Breaker::failed);
        } else {
            self.succeeded();
        }
    }

    fn settle(&mut self, tell: impl FnOnce(&mut Breaker, Pass, Duration)) {
        let Some(pass) = self.pass.take() else { return };
        let now = self.breakers.clock.elapsed();
        if let Some(breaker) = self.breakers.table().get_mut(&self.place) {
            tell(breaker, pass, now);
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.settle(Breaker::abandoned);
    }
}
