//! The wire layer with the operations of both services: one file a concern.

#[path = "wire/client.rs"]
mod client;
#[path = "wire/constraints.rs"]
mod constraints;
#[path = "wire/errors.rs"]
mod errors;
#[path = "wire/events.rs"]
mod events;
#[path = "wire/pages.rs"]
mod pages;
#[path = "wire/routes.rs"]
mod routes;
#[path = "wire/runtime.rs"]
mod runtime;
