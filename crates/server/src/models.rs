//! The models file wired to what answers: the adapters on one side, the service on the other.

mod catalog;
mod embedders;
mod file;
mod local;
mod observer;
mod providers;
mod reach;

pub(crate) use file::FileSource;
pub(crate) use observer::{Page, options};

/// An error with the one behind it: what only says that something cannot be read helps nobody.
fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
