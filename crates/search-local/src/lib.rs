//! The search port on this machine's disk: words in tantivy's index, vectors in files of our own.
//!
//! ```text
//!  engine ─▶ shelf          collections by name, some of them open
//!              │
//!          collection       one directory, one commit at a time, snapshots for readers
//!           ╱       ╲
//!       lexical    nearest ─▶ codes   a bit a number, to find the few that are worth comparing
//!           ╲       ╱   ╲
//!            fusion     slots         vectors in a file
//! ```

mod best;
mod codes;
mod collection;
mod documents;
mod dot;
mod engine;
mod error;
mod fusion;
mod lexical;
mod marks;
mod nearest;
mod options;
mod schema;
mod scope;
mod shelf;
mod slots;
mod words;

pub use engine::LocalSearch;
pub use options::Options;
