//! The wire types of `bedrock-agentcore`: using resources.
//!
//! Everything here is generated from the service model by `cargo xtask codegen`: an operation is a type with a
//! `SPEC`, each family of paths is a module, and types that several families use are in [`shared`]. What the members
//! mean is in AWS's API reference, which every operation links to.

#[expect(missing_docs, reason = "names are the model's, whose prose is not copied")]
mod generated;

pub use generated::*;
