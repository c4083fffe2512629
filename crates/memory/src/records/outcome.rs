//! What became of each record of a batch.

use ids::MemoryRecordId;
use serde::{Deserialize, Serialize};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its id; one that is nobody's if it was not written.
    pub id: MemoryRecordId,
    /// What its writer calls it.
    pub request: Option<String>,
    /// Why nothing was done with it, if so.
    pub failure: Option<Failure>,
}

/// Why nothing was done with a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it would be as the status of an answer.
    pub code: u16,
    /// For people.
    pub message: String,
}

impl Failure {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { code: 400, message: message.into() }
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self { code: 404, message: message.into() }
    }
}
