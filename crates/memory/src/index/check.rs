//! What is found at the start: collections of memories that are no more, and memories whose collection is not what it
//! should be.

use std::collections::BTreeSet;

use ::search::{CollectionInfo, SearchError};
use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId};
use inference::{EmbedderId, Purpose};
use store::KeyRange;

use super::embedder::Embedded;
use super::{Shelf, collection};
use crate::rows::{MEMORIES, RECORDS, UNINDEXED};
use crate::service::Memory;

impl Memory {
    /// Removes what nobody asks for any more, and has written anew what is missing, damaged, without the vectors that
    /// it could have, or with those of another embedder than now.
    pub(super) async fn check_collections(&self) -> Result<()> {
        // Before the memories are: one that begins meanwhile is not taken for one that is no more.
        let there = self.0.index.collections().await.map_err(unreadable)?;
        let mut asked_for = BTreeSet::new();
        let mut embedder = None;
        for memory in MEMORIES.list(self.store(), &KeyRange::all(), usize::MAX).await? {
            let (account, memory) = (&memory.value.account, &memory.value.id);
            for generation in self.generations(account, memory).await? {
                asked_for.insert(collection(account, memory, Shelf::Records, generation));
            }
            asked_for.insert(collection(account, memory, Shelf::Events, 0));
            self.check_collection(account, memory, &mut embedder).await?;
        }
        for nobodys in there.iter().filter(|found| !asked_for.contains(*found)) {
            self.remove_collection(nobodys).await?;
        }
        Ok(())
    }

    async fn check_collection(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        embedder: &mut Option<Option<EmbedderId>>,
    ) -> Result<()> {
        let below = KeyRange::below([account.as_str(), memory.as_str()]);
        if RECORDS.list(self.store(), &below, 1).await?.is_empty() {
            return Ok(());
        }
        let name = self.searched(account, memory).await?;
        let well = match self.0.index.describe(&name).await {
            Ok(Some(info)) => self.has_vectors_of_now(account, &info, embedder).await,
            // Nothing of it was written yet, or all of it is lost.
            Ok(None) => !UNINDEXED.list(self.store(), &below, 1).await?.is_empty(),
            Err(SearchError::Damaged { .. }) => false,
            Err(error) => return Err(unreadable(error)),
        };
        if well { Ok(()) } else { self.want_rebuild(account, memory, None).await }
    }

    /// Whether a collection has the vectors that the embedder of now would give. Asks the embedder at most once.
    async fn has_vectors_of_now(
        &self,
        account: &AccountId,
        info: &CollectionInfo,
        embedder: &mut Option<Option<EmbedderId>>,
    ) -> bool {
        if embedder.is_none() {
            *embedder = Some(match self.embed(account, &["?".to_owned()], Purpose::Query).await {
                Embedded::Vectors(vectors) => {
                    vectors.into_iter().flatten().next().map(|vector| (*vector.embedder).clone())
                }
                Embedded::Never | Embedded::Later => None,
            });
        }
        let now = embedder.as_ref().and_then(Option::as_ref);
        now.is_none_or(|now| info.documents == 0 || info.embedder.as_ref() == Some(now))
    }
}

fn unreadable(error: SearchError) -> Fault {
    Fault::new(Kind::Unavailable, "The search index cannot be read at the moment.").because(error)
}
