//! What is configured, ready to be used.

use std::collections::BTreeMap;
use std::sync::Arc;

use inference::{Embedder, Provider};

use crate::budgets::Budget;
use crate::parameters::Parameters;
use crate::price::{ModelPrice, Prices};

/// What is configured, ready to be used. One that is made is never changed; another one takes its place.
#[derive(Clone, Default)]
pub struct Catalog {
    /// Who answers, by the names that targets use.
    pub providers: BTreeMap<String, KnownProvider>,
    /// The names that agents use.
    pub aliases: BTreeMap<String, Alias>,
    /// Embedders, by the names that callers use.
    pub embedders: BTreeMap<String, KnownEmbedder>,
    /// What models cost.
    pub prices: Prices,
    /// What may be spent.
    pub budgets: Vec<Budget>,
}

/// A provider with what is said about it.
#[derive(Clone)]
pub struct KnownProvider {
    /// Its kind, as the configuration calls it.
    pub kind: &'static str,
    /// Its kind, as the conventions for spans and metrics call it.
    pub system: &'static str,
    /// Whether nothing is to be paid for its models.
    pub free: bool,
    /// The provider.
    pub provider: Arc<dyn Provider>,
}

/// An embedder with what is said about it.
#[derive(Clone)]
pub struct KnownEmbedder {
    /// Its kind, as the configuration calls it.
    pub kind: &'static str,
    /// Its kind, as the conventions for spans and metrics call it.
    pub system: &'static str,
    /// The provider's name, or `local`.
    pub provider: String,
    /// The model, as the configuration calls it.
    pub model: String,
    /// Whether nothing is to be paid for it.
    pub free: bool,
    /// The embedder.
    pub embedder: Arc<dyn Embedder>,
}

/// A name that agents use.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alias {
    /// Sets of targets. One of the first set answers; the others are for when the ones before them fail.
    pub sets: Vec<Vec<Target>>,
    /// What holds where the caller says nothing.
    pub parameters: Parameters,
}

/// A model of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The provider's name.
    pub provider: String,
    /// The provider's own id of the model.
    pub model: String,
    /// Its share of the calls of its set.
    pub weight: u32,
}

impl Catalog {
    /// What a model costs, if that is known.
    pub(crate) fn price(&self, free: bool, provider: &str, model: &str) -> Option<ModelPrice> {
        if free { Some(ModelPrice::default()) } else { self.prices.of(provider, model).copied() }
    }
}

impl Alias {
    /// Every target, in the order in which they have their turns.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.sets.iter().flatten()
    }
}
