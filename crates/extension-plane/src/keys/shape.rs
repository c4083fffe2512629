//! An API key as answers show it.

use api_keys::ApiKeyView;
use serde::Serialize;

use crate::answer::moment;

/// An API key as answers show it: everything but the key.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiKey {
    id: String,
    name: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

impl From<ApiKeyView> for ApiKey {
    fn from(view: ApiKeyView) -> Self {
        let ApiKeyView { id, name, created_at, expires_at, last_used_at } = view;
        Self {
            id,
            name,
            created_at: moment(created_at),
            expires_at: expires_at.map(moment),
            last_used_at: last_used_at.map(moment),
        }
    }
}
