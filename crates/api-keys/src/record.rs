//! What is stored of a key.

use serde::{Deserialize, Serialize};
use stdx::Timestamp;
use store::{Key, Space, Table};

/// Records, under account and id.
pub(crate) const KEYS: Table<Record> = Table::new(Space::new("api-keys"));
/// Where the record of a digest lies, so that a key is found by what its holder presents.
pub(crate) const DIGESTS: Table<Place> = Table::new(Space::new("api-key-digests"));

/// A key, without the key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) last_used_at: Option<Timestamp>,
}

/// Where a record lies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) account: String,
    pub(crate) id: String,
}

/// A key as it is shown: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyView {
    /// Its id, which is no secret.
    pub id: String,
    /// What it was called.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ceases to be valid, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was used last, to the hour; `None` if it never was.
    pub last_used_at: Option<Timestamp>,
}

impl Place {
    pub(crate) fn key(&self) -> Key {
        Key::of([&self.account, &self.id])
    }
}

impl Record {
    pub(crate) fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    pub(crate) fn view(self, id: &str) -> ApiKeyView {
        let Self { name, created_at, expires_at, last_used_at, digest: _ } = self;
        ApiKeyView { id: id.to_owned(), name, created_at, expires_at, last_used_at }
    }
}
