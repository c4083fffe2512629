//! Where an event's content is: in its row, or, if that would make the row long, in a blob.

use bytes::Bytes;
use fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use stdx::ByteStream;
use store::{Blobs, Digest, StoreError, Write, claims};

use super::SessionKey;
use super::position::Position;
use crate::model::Payload;

/// The longest content in a row, in bytes. Rows are written by one thread for everybody: what is long goes around it.
const LONGEST_INLINE: usize = 64 * 1024;

/// Who claims the content of an event.
const CLAIMANTS: &str = "memory-event";

/// An event's content, or where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stored {
    /// It is here.
    Inline(Vec<Payload>),
    /// It is the JSON in this blob.
    Blob { digest: Digest, bytes: u64 },
}

impl Default for Stored {
    fn default() -> Self {
        Self::Inline(Vec::new())
    }
}

impl Stored {
    /// Puts the content where it belongs. `bytes` says about how long it is.
    pub(super) async fn put(blobs: &dyn Blobs, payload: &[Payload], bytes: usize) -> Result<Self> {
        if bytes <= LONGEST_INLINE {
            return Ok(Self::Inline(payload.to_vec()));
        }
        let json = serde_json::to_vec(payload).map_err(Fault::internal)?;
        let blob = blobs.put(ByteStream::once(json)).await?;
        Ok(Self::Blob { digest: blob.digest, bytes: blob.length })
    }

    /// The content, however long.
    pub(super) async fn read(self, blobs: &dyn Blobs) -> Result<Vec<Payload>> {
        match self {
            Self::Inline(payload) => Ok(payload),
            Self::Blob { digest, bytes } => {
                let limit = usize::try_from(bytes).unwrap_or(usize::MAX);
                let content = blobs.read(&digest, 0, None).await?;
                let json: Bytes = content.collect(limit).await.map_err(Fault::internal)?;
                let damaged = |error| StoreError::Damaged(format!("the content of an event: {error}"));
                Ok(serde_json::from_slice(&json).map_err(damaged)?)
            }
        }
    }

    /// How much it takes in memory, at most.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Inline(_) => LONGEST_INLINE as u64,
            Self::Blob { bytes, .. } => *bytes,
        }
    }

    /// What keeps the content for as long as the event is there.
    pub(super) fn claim(&self, session: &SessionKey, position: Position) -> Option<Write> {
        let Self::Blob { digest, .. } = self else { return None };
        Some(claims::claim(digest, &claimant(session, &position.segment())))
    }

    /// What lets go of it.
    pub(super) fn release(&self, session: &SessionKey, position: Position) -> Option<Write> {
        let Self::Blob { digest, .. } = self else { return None };
        Some(claims::release(digest, &claimant(session, &position.segment())))
    }
}

fn claimant<'a>(session: &'a SessionKey, position: &'a str) -> [&'a str; 6] {
    let [account, memory, actor, session] = session.segments();
    [CLAIMANTS, account, memory, actor, session, position]
}
