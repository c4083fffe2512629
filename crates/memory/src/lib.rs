//! The Memory service: what actors said, and what is worth remembering of it.
//!
//! [`Memory`] is the handle that everything goes through. Behind it:
//! - [`memories`] are the resources, with their strategies;
//! - [`events`] are what was said, in sessions of actors (short-term memory);
//! - [`extraction`] is how strategies learn from them;
//! - [`knowledge`] is what documents say, kept as records;
//! - [`records`] are what is remembered (long-term memory), found through an index that follows the rows.
//!
//! What is absent here on purpose: HTTP, AWS's wire format, any other service, any search engine. What it needs from
//! elsewhere it declares as a trait.

pub mod events;
pub mod extraction;
mod index;
pub mod knowledge;
pub mod memories;
pub mod metadata;
pub mod model;
pub mod namespaces;
pub mod options;
mod outbox;
pub mod outside;
mod overview;
mod pending;
mod rates;
mod recent;
pub mod records;
mod rows;
mod self_managed;
mod service;
mod stream;
pub mod usage;

pub use index::Reindexing;
pub use options::Options;
pub use outbox::Undelivered;
pub use outside::Outside;
pub use overview::Overview;
pub use rates::RequestRates;
pub use recent::{Followed, Happening, What};
pub use service::{Memory, Parts};
