//! Calls that carry a client token happen at most once; a repetition is answered what the first was answered.

use fault::{Fault, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::Batch;
use store::idempotency::{ClientToken, Outcome, commit_once, lookup};

use crate::service::Memory;

impl Memory {
    /// What the first call with this token was answered, if there was one.
    pub(crate) async fn first<T: DeserializeOwned>(&self, token: Option<&ClientToken>) -> Result<Option<T>> {
        let Some(token) = token else { return Ok(None) };
        let first = lookup(self.store(), token, self.now()).await?;
        first.map(serde_json::from_value).transpose().map_err(Fault::internal)
    }

    /// Writes the batch and keeps its result with the token; or finds that an equal call was faster, and answers as
    /// that one did.
    pub(crate) async fn commit_first<T: Serialize + DeserializeOwned>(
        &self,
        token: Option<&ClientToken>,
        batch: Batch,
        result: T,
    ) -> Result<T> {
        let kept = serde_json::to_value(&result).map_err(Fault::internal)?;
        match commit_once(self.store(), token, batch, &kept, self.now()).await? {
            Outcome::Committed(_) => Ok(result),
            Outcome::Replayed(first) => serde_json::from_value(first).map_err(Fault::internal),
        }
    }
}
