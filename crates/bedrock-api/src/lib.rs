//! The wire types of `bedrock-runtime`, asking models, and of the part of `bedrock` that says which models there are.
//!
//! Everything here is generated from the service models by `cargo xtask codegen`: an operation is a type with a
//! `SPEC`, each family of paths is a module, and types that several families use are in `shared`. What the members
//! mean is in AWS's API reference, which every operation links to.

#[expect(missing_docs, reason = "names are the model's, whose prose is not copied")]
pub mod catalog;
#[expect(missing_docs, reason = "names are the model's, whose prose is not copied")]
pub mod runtime;
