//! Memories, and how each learns.

mod cache;
mod read;

pub(crate) use cache::Definitions;
