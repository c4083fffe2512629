//! What is configured and how it does, for people.

use crate::breaker::Standing;
use crate::budgets::Spent;
use crate::catalog::{Alias, Target};
use crate::service::{Inner, Models};

/// Everything that is configured.
#[derive(Clone, Debug)]
pub struct ListView {
    /// Why what the source says now is not in use.
    pub trouble: Option<String>,
    /// What prices and budgets are in.
    pub currency: String,
    /// The names that agents use.
    pub aliases: Vec<AliasView>,
    /// Who answers.
    pub providers: Vec<ProviderView>,
    /// The names that callers use for embedders.
    pub embedders: Vec<EmbedderView>,
    /// What may be spent, and what was.
    pub budgets: Vec<Spent>,
}

/// A name that agents use.
#[derive(Clone, Debug)]
pub struct AliasView {
    /// The name.
    pub name: String,
    /// Its sets, in the order in which they have their turns.
    pub sets: Vec<Vec<TargetView>>,
}

/// A target of a name.
#[derive(Clone, Debug)]
pub struct TargetView {
    /// The target.
    pub target: Target,
    /// How it does.
    pub health: Health,
    /// Whether its price is known.
    pub priced: bool,
}

/// How a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is asked.
    Ok,
    /// It failed too often and is left alone for so many seconds still.
    Paused(u64),
    /// It failed too often, and one call is trying it again.
    Trial,
}

/// A provider.
#[derive(Clone, Debug)]
pub struct ProviderView {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
}

/// An embedder.
#[derive(Clone, Debug)]
pub struct EmbedderView {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: &'static str,
    /// The provider, or `local`.
    pub provider: String,
    /// The model.
    pub model: String,
}

impl Models {
    /// Everything that is configured, after a look at whether that has changed.
    pub async fn list(&self) -> ListView {
        self.0.look().await;
        let current = self.0.as_it_is();
        let catalog = &current.catalog;
        let priced = |target: &Target| {
            let free = catalog.providers.get(&target.provider).is_some_and(|provider| provider.free);
            free || catalog.prices.of(&target.provider, &target.model).is_some()
        };
        ListView {
            trouble: current.trouble.as_deref().map(str::to_owned),
            currency: catalog.prices.currency.clone(),
            aliases: catalog
                .aliases
                .iter()
                .map(|(name, alias)| self.0.alias_view(name, alias, &priced))
                .collect(),
            providers: (catalog.providers.iter())
                .map(|(name, known)| ProviderView { name: name.clone(), kind: known.kind })
                .collect(),
            embedders: (catalog.embedders.iter())
                .map(|(name, known)| EmbedderView {
                    name: name.clone(),
                    kind: known.kind,
                    provider: known.provider.clone(),
                    model: known.model.clone(),
                })
                .collect(),
            budgets: self.0.ledger.spent(),
        }
    }
}

impl Inner {
    fn alias_view(&self, name: &str, alias: &Alias, priced: &dyn Fn(&Target) -> bool) -> AliasView {
        let view = |target: &Target| TargetView {
            target: target.clone(),
            health: self.health(target),
            priced: priced(target),
        };
        let sets = alias.sets.iter().map(|set| set.iter().map(view).collect());
        AliasView { name: name.to_owned(), sets: sets.collect() }
    }

    fn health(&self, target: &Target) -> Health {
        match self.breakers.standing(target) {
            (Standing::Closed, _) => Health::Ok,
            (Standing::Open(_), left) => Health::Paused(left.as_secs() + u64::from(left.subsec_nanos() > 0)),
            (Standing::HalfOpen, _) => Health::Trial,
        }
    }
}
