//! Agent runtimes and their endpoints.

mod create;
mod create_endpoint;
mod delete;
mod delete_endpoint;
mod get;
mod get_endpoint;
mod headers;
mod list;
mod list_endpoints;
mod list_versions;
mod spec;
mod status;
mod update;
mod update_endpoint;
