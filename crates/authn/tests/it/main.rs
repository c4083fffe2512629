//! Signatures as others make them, bodies in all their forms, and everything that must be refused.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod support;

mod bodies;
mod botocore;
mod properties;
mod refusals;
mod root_key;
mod suite;
