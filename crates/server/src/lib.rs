//! The composition root: the only crate that names concrete adapters.
//!
//! ```text
//!  listen ──▶ edge ──▶ doors: agentcore │ s3 │ sts
//!                │          (chosen by the service that the request is signed for)
//!                └──▶ health and metrics, for callers on this machine
//!  inside: the same doors for what agents call from their sandboxes
//! ```
//! [`compose`](Server::start) builds the parts and wires them; [`Server::shut_down`] takes them apart again.

mod body;
mod code;
mod compose;
mod coverage;
mod delivery;
mod documents;
mod doors;
mod edge;
mod housekeeping;
mod inside;
mod listen;
mod memories;
mod metering;
mod models;
mod no_engine;
mod objects;
mod page_key;
mod registry;
mod services;
mod settings;

pub use compose::{Server, StartError};
pub use coverage::coverage;
pub use listen::ListenError;
pub use metering::PriceError;
pub use settings::{EngineChoice, Settings};
