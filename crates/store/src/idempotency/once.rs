//! What services do with client tokens: answers in, answers out.

use fault::{Fault, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stdx::Timestamp;

use super::{ClientToken, Outcome, commit_once, lookup};
use crate::Store;
use crate::row::Batch;

/// Calls that carry a client token happen at most once; a repetition is answered what the first was answered.
#[derive(Clone, Copy)]
pub struct Once<'a> {
    /// Where tokens are kept, with what the calls write.
    pub store: &'a dyn Store,
    /// What time it is.
    pub now: Timestamp,
}

impl Once<'_> {
    /// What the first call with this token was answered, if there was one.
    pub async fn first<T: DeserializeOwned>(&self, token: Option<&ClientToken>) -> Result<Option<T>> {
        let Some(token) = token else { return Ok(None) };
        let first = lookup(self.store, token, self.now).await?;
        first.map(serde_json::from_value).transpose().map_err(Fault::internal)
    }

    /// Writes the batch and keeps its result with the token; or finds that an equal call was faster, and answers as
    /// that one did.
    pub async fn commit<T: Serialize + DeserializeOwned>(
        &self,
        token: Option<&ClientToken>,
        batch: Batch,
        result: T,
    ) -> Result<T> {
        let kept = serde_json::to_value(&result).map_err(Fault::internal)?;
        match commit_once(self.store, token, batch, &kept, self.now).await? {
            Outcome::Committed(_) => Ok(result),
            Outcome::Replayed(first) => serde_json::from_value(first).map_err(Fault::internal),
        }
    }
}
