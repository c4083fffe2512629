//! How a memory learns, as far as a model has a part in it: what it is asked, and what its answer means.
//!
//! Each step of a strategy is a type with two functions: `prompt` says what the model is told, `read` makes typed
//! data of whatever it answers, or says that it is [`Garbage`].
//!
//! | strategy | steps |
//! | --- | --- |
//! | semantic | [`learn::Extraction`] and [`learn::Consolidation`] of [`fact::Fact`]s |
//! | user preference | the same of [`preference::Preference`]s |
//! | summary | [`summary::Summarizing`] |
//! | episodic | [`turn::Reading`], [`episode::Closing`], [`reflection::Reflecting`] |
//!
//! The forms of the answers are AgentCore's; the words that ask for them are ours. Instructions can be replaced by the
//! memory's owner, the form of an answer and the rule that conversations are data cannot.
//!
//! A model is not trusted. Whatever a conversation talks it into, an answer can only add something, or update what was
//! shown with the question; there is no operation that removes, and no answer makes more of them than it was asked for.
//!
//! What is absent here on purpose: models, records, stores, time.

pub mod conversation;
pub mod episode;
pub mod fact;
mod garbage;
mod json;
pub mod learn;
pub mod preference;
mod prompt;
pub mod reflection;
pub mod schema;
pub mod summary;
mod text;
pub mod turn;
mod xml;

pub use conversation::{Message, Speaker};
pub use garbage::Garbage;
pub use prompt::Prompt;
pub use schema::{Key, Metadata, Rule, Value};

/// The longest answer that is read, in bytes.
pub const LONGEST_ANSWER: usize = 1 << 20;

/// The longest text of a record, in characters.
pub const LONGEST_RECORD: usize = 16_000;
