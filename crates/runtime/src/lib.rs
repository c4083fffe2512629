//! The Runtime service: agent runtimes with immutable versions, endpoints that point at them, and sessions, each
//! in a sandbox of its own.
//!
//! [`Runtime`] is the handle that everything goes through. Behind it:
//! - [`agents`], [`endpoints`] and [`tags`] keep records, and nothing else;
//! - [`versions`] turns code into templates in the background, from what the records ask for;
//! - [`sessions`] starts sandboxes from templates, suspends them while they are quiet and ends them by idleness, age or wish;
//! - [`checkpoints`] keep what a session was at one moment, to fork it or to go back;
//! - [`invoke`] carries a request into a session.
//!
//! What is absent here on purpose: HTTP, AWS's wire format, any other service. What it needs from elsewhere it
//! declares as a trait ([`CodeSource`], [`Metering`]).

pub mod agents;
pub mod checkpoints;
mod code_source;
pub mod endpoints;
pub mod invoke;
pub mod metering;
pub mod model;
pub mod options;
mod rate;
mod recover;
mod rows;
mod service;
pub mod sessions;
mod storage;
pub mod tags;
pub mod versions;

pub use code_source::{CodeObject, CodeSource};
pub use invoke::{Invocation, InvocationReply};
pub use metering::{MeterGuard, Metered, Metering, ReadMeter, Unmetered};
pub use model::{AgentSpec, CodeArtifact, Interpreter, Lifecycle, Protocol, SessionStorage, Status, WarmUp};
pub use options::Options;
pub use service::{Parts, Runtime};
