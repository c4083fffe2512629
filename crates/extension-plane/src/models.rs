//! Models: the names that agents use for them, how they do, and what they take.

mod list;
mod listed;
mod test;
mod usage;
mod used;

pub(crate) use list::ListModels;
pub(crate) use test::TestModel;
pub(crate) use usage::GetModelUsage;
pub(crate) use used::{ModelUsage, summary};
