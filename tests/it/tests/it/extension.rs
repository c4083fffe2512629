//! What is Freehold's own, below a path prefix of its own.

mod paths;
mod stop;
mod support;
