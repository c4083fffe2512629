//! Which records are asked for.

use ::search::{Filter, Scope};
use fault::Result;
use ids::Namespace;
use search::place::is_within;
use stdx::Timestamp;

use crate::metadata::{self, Condition};
use crate::model::{Definition, Record};

/// Where records are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In exactly this namespace.
    At(Namespace),
    /// In this one or one below it: `/a` has `/a/b`, and not `/ab`; everything is below `/`.
    Below(Namespace),
}

/// Which records are asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordQuery {
    /// Where.
    pub place: Place,
    /// Of which strategy; of any if none is named.
    pub strategy: Option<String>,
    /// What has to hold of their metadata.
    pub conditions: Vec<Condition>,
}

/// The same, understood.
pub(crate) struct Wanted<'a> {
    pub(crate) scope: Scope,
    pub(crate) strategy: Option<&'a str>,
    pub(crate) filters: Vec<Filter>,
}

impl RecordQuery {
    /// The same, understood. What is wrong with its conditions is reported of this member of the request.
    pub(super) fn understand(&self, memory: &Definition, conditions: &str) -> Result<Wanted<'_>> {
        let scope = match &self.place {
            Place::At(namespace) => Scope::At(namespace.to_string()),
            Place::Below(path) => Scope::Below(path.to_string()),
        };
        let filters = metadata::filters(memory, &self.conditions, conditions)?;
        Ok(Wanted { scope, strategy: self.strategy.as_deref(), filters })
    }
}

impl Wanted<'_> {
    /// Whether it is not simply everything in a place.
    pub(super) fn narrows(&self) -> bool {
        self.strategy.is_some() || !self.filters.is_empty()
    }

    /// Whether a record, as it is now, is one of those.
    pub(crate) fn has(&self, record: &Record, now: Timestamp) -> bool {
        let namespace = record.namespace.as_ref().map_or("", |namespace| namespace.as_str());
        let here = match &self.scope {
            Scope::All => true,
            Scope::At(place) => namespace == place,
            Scope::Below(path) => is_within(namespace, path),
        };
        here && self.strategy.is_none_or(|strategy| strategy == record.strategy_id())
            && !record.is_over(now)
            && self.filters.iter().all(|filter| metadata::holds(record, filter))
    }
}
