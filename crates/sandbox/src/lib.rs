//! The sandbox port: what the services above ask of whatever isolates an agent. It knows nothing of AWS.
//!
//! An [`Engine`] turns a file tree into a [`Layer`], boots it once into a [`Template`] (a machine that has answered
//! its readiness probe, frozen to disk) and starts any number of [`Sandbox`]es from it. Another kind of isolation
//! is another implementation of these two traits.
//!
//! What is absent here on purpose: networks (the one way out is [`Platform`]), images' registries, sessions, accounts.

#[cfg(feature = "contract")]
pub mod contract;
pub mod engine;
pub mod error;
pub mod exchange;
pub mod machine;
pub mod platform;
pub mod spec;

pub use engine::{BaseImage, Engine, EngineInfo, Keep, Recovered, Sandbox, Tier};
pub use error::SandboxError;
pub use exchange::{Ending, Exchange, LogLine, LogSource, Meter, Reply, Usage};
pub use platform::{Duplex, PLATFORM_PORT, Platform};
pub use spec::{
    Identity, Layer, LayerName, Limits, Program, Ready, SandboxId, Snapshot, SnapshotName, Storage,
    StorageName, Template, TemplateName, TemplateSpec, Warmup,
};
