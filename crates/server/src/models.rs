//! The models file wired to what answers: the adapters on one side, the service on the other.

mod catalog;
mod embedders;
mod file;
mod observer;
mod providers;
mod reach;

pub(crate) use file::FileSource;
pub(crate) use observer::{Page, options};
