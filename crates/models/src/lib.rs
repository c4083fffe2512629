//! Models by the names that agents use.
//!
//! ```text
//!  call ──▶ alias ──▶ budgets ──▶ route ──▶ breaker ──▶ provider
//!             │                     ▲                      │
//!             │                     └── the next set, ◀────┤ a failure before anything was said
//!             ▼                                            ▼
//!          prices ───────────────────────────▶ record ◀── events, passed on as they come
//! ```
//! An alias stands for sets of targets. One target of the first set answers, chosen by weight; if it fails before it has
//! said anything, the next set has its turn. What the answer took becomes a record in the store, a few numbers on the metrics
//! page, and a part of what the budgets have spent.
//!
//! What is absent here on purpose: providers (they come with the [`Catalog`]), files (see [`Source`]), HTTP, the content
//! of conversations.

mod breaker;
mod breakers;
mod budgets;
mod call;
mod catalog;
mod check;
mod embed;
mod estimate;
mod not_configured;
mod observer;
mod parameters;
mod price;
mod route;
mod service;
mod source;
mod trial;
mod usage;
mod view;

pub use budgets::{Budget, Per, Scope, Spent};
pub use catalog::{Alias, Catalog, KnownEmbedder, KnownProvider, Target};
pub use observer::{Observer, Unobserved};
pub use parameters::Parameters;
pub use price::{ModelPrice, Money, Prices};
pub use service::{Models, Options, Parts};
pub use source::{Fixed, Source};
pub use trial::Trial;
pub use usage::record::{CallOperation, CallRecord, Outcome};
pub use usage::summary::{By, Summary, Totals, UsageLine, UsageQuery};
pub use view::{AliasView, EmbedderView, Health, ListView, ProviderView, TargetView};
