//! A memory, as its owner defined it.

use ids::{AccountId, MemoryId, MemoryName};
use serde::{Deserialize, Serialize};
use stdx::Timestamp;

use super::strategy::Strategy;

/// A memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Whose it is.
    pub account: AccountId,
    /// Its id.
    pub id: MemoryId,
    /// Its name, unique in the account.
    pub name: MemoryName,
    /// What it is for.
    pub description: Option<String>,
    /// How many days events are kept.
    pub event_expiry_days: u32,
    /// Kept and told, not used.
    pub encryption_key_arn: Option<String>,
    /// Kept and told, not used.
    pub execution_role_arn: Option<String>,
    /// What manages it; only that may change its strategies or delete it.
    pub managed_by: Option<String>,
    /// What records can be filtered by. Never fewer than before.
    pub indexed_keys: Vec<IndexedKey>,
    /// What events may say of namespaces besides actor, session and strategy.
    pub namespace_keys: Vec<NamespaceKey>,
    /// Where changes of records are told.
    pub stream: Option<StreamDelivery>,
    /// Its state.
    pub status: MemoryStatus,
    /// Why it failed.
    pub failure: Option<String>,
    /// Its strategies, in the order in which they were added.
    pub strategies: Vec<Strategy>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A memory's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MemoryStatus {
    /// It is being made.
    Creating,
    /// It can be used.
    Active,
    /// It cannot be used.
    Failed,
    /// It is being removed.
    Deleting,
    /// It is being changed.
    Updating,
}

/// A key that records can be filtered by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedKey {
    /// The key.
    pub key: String,
    /// What its values are.
    pub kind: KeyType,
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum KeyType {
    /// A text.
    String,
    /// Several texts.
    #[serde(rename = "STRINGLIST")]
    StringList,
    /// A number.
    Number,
}

/// A variable of namespace templates whose value comes with each event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceKey {
    /// Its name.
    pub key: String,
    /// The only values allowed, if there are any.
    pub allowed_values: Vec<String>,
    /// What each value has to match as a whole.
    pub pattern: Option<String>,
}

/// Where changes of records are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamDelivery {
    /// The stream's ARN. Which webhook or file that is says the configuration.
    pub stream_arn: String,
    /// How much is told.
    pub level: StreamLevel,
}

/// How much of a record is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StreamLevel {
    /// All but its text.
    MetadataOnly,
    /// All.
    FullContent,
}
