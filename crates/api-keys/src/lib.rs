//! Keys of ours, for clients that sign nothing and send a bearer token: they are made, shown once, verified and
//! revoked here.
//!
//! ```text
//!  create ──▶ fh-…  shown once          presented ──▶ SHA-256 ──▶ known lately? ──▶ holder
//!                │                                                    │ no
//!                └──▶ rows: the key's record, and                     ▼
//!                     its digest ──▶ record          rows ◀── digest, then record
//! ```
//! A row holds the SHA-256 of a key and nothing from which the key could be had; keys are 256 random bits, so a fast
//! digest is enough. What was verified lately is remembered for a short while. Revoking forgets it first of all, so
//! that a revoked key stops working here at once, and within that while on another server over the same store.
//!
//! One key more is derived from the root key of the data directory ([`ApiKey::derived`]): it has no row, and
//! whoever can read the root key can print it without a server that runs.

mod key;
mod known;
mod record;
mod service;

pub use key::ApiKey;
pub use record::ApiKeyView;
pub use service::{ApiKeys, KeyHolder, Parts};
