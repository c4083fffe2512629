//! What is Freehold's own, below a path prefix of its own.

mod list;
mod paths;
mod support;
mod suspend;
