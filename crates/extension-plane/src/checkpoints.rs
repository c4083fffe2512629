//! Checkpoints: states of a session that are kept, to start from again.

mod create;
mod delete;
mod fork;
mod list;
mod name;
mod rewind;
mod shape;

pub(crate) use create::CreateCheckpoint;
pub(crate) use delete::DeleteCheckpoint;
pub(crate) use fork::ForkSession;
pub(crate) use list::ListCheckpoints;
pub(crate) use name::OfCheckpoint;
pub(crate) use rewind::RewindSession;
pub(crate) use shape::Checkpoint;
