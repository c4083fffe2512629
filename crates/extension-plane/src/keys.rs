//! API keys: for clients that sign nothing.

mod create;
mod list;
mod revoke;
mod shape;

pub(crate) use create::CreateApiKey;
pub(crate) use list::ListApiKeys;
pub(crate) use revoke::RevokeApiKey;
