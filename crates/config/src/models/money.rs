//! What models cost, and what may be spent on them.

use serde::Deserialize;

use crate::prices::Amount;

/// What a model costs, per million tokens; what is not set costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelPrice {
    /// Tokens that it reads.
    pub input: Option<Amount>,
    /// Tokens that it writes.
    pub output: Option<Amount>,
    /// Tokens that it takes from the provider's cache.
    pub cache_read: Option<Amount>,
    /// Tokens that it puts into the provider's cache.
    pub cache_write: Option<Amount>,
}

/// What may be spent by whom. A call is covered if it is all of what is named.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Budget {
    /// How much.
    pub limit: Amount,
    /// In which time.
    pub per: Per,
    /// Only calls of this account.
    pub account: Option<String>,
    /// Only calls of this agent.
    pub agent: Option<String>,
    /// Only calls in this session.
    pub session: Option<String>,
    /// Only calls for this user.
    pub user: Option<String>,
    /// Only calls by this name of a model or embedder.
    pub alias: Option<String>,
}

/// A time after which a budget is whole again, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// From midnight to midnight.
    Day,
    /// A calendar month.
    Month,
}
