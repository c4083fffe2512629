//! The wire layer with the operations of both services: one file a concern.

#[path = "wire/client.rs"]
mod client;
#[path = "wire/runtime.rs"]
mod runtime;
