//! Memories: the resources, and how each learns.

mod cache;
mod check;
mod create;
mod delete;
mod list;
mod quotas;
mod read;
mod strategies;
mod tags;
mod update;

pub use create::NewMemory;
pub use strategies::{
    NewStrategy, OverrideKind, RecordExpiry, ReflectionChanges, SelfManagedChanges, StepChanges,
    StrategyChanges, default_reflections,
};
pub use update::MemoryChanges;

pub(crate) use cache::Definitions;
