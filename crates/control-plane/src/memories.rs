//! Memories: the resources.

mod create;
mod delete;
mod get;
mod keys;
mod list;
mod schema;
mod shown;
mod steps;
mod strategy;
mod update;
