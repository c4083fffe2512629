//! What is Freehold's own, below a path prefix of its own.

mod checkpoints;
mod faults;
mod forks;
mod list;
mod models;
mod paths;
mod restarts;
mod support;
mod suspend;
mod usage;
