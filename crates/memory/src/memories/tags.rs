//! Tags of memories.

use fault::{Fault, Result};
use ids::{AccountId, ArnError, MemoryArn};
use store::tags::{self, Tags};
use store::{Expect, Key, Write};

use crate::rows::{MEMORIES, MEMORY_TAGS};
use crate::service::{Memory, retry_on_conflict};

impl Memory {
    /// The tags of a memory.
    pub async fn tags(&self, account: &AccountId, arn: &str) -> Result<Tags> {
        let (key, _) = self.tagged(account, arn).await?;
        tags::get(self.store(), &MEMORY_TAGS, &key).await
    }

    /// Adds tags, replacing those of the same key.
    pub async fn tag(&self, account: &AccountId, arn: &str, tags: &Tags) -> Result<()> {
        self.change_tags(account, arn, |row| row.extend(tags.clone())).await
    }

    /// Removes tags. Keys that are not there are no error.
    pub async fn untag(&self, account: &AccountId, arn: &str, keys: &[String]) -> Result<()> {
        self.change_tags(account, arn, |row| row.retain(|key, _| !keys.contains(key))).await
    }

    async fn change_tags(&self, account: &AccountId, arn: &str, change: impl Fn(&mut Tags)) -> Result<()> {
        retry_on_conflict(|| async {
            let (key, standing) = self.tagged(account, arn).await?;
            tags::change(self.store(), &MEMORY_TAGS, key, vec![standing], &change).await
        })
        .await
    }

    /// The key of the memory that an ARN names, if it is this account's and exists, and what makes a batch fail once it
    /// does not.
    async fn tagged(&self, account: &AccountId, arn: &str) -> Result<(Key, Write)> {
        let unknown = || Fault::not_found(format!("There is no resource {arn} that can be tagged."));
        let parsed = MemoryArn::parse(arn).map_err(|error| match error {
            ArnError::Shape => unknown(),
            ArnError::Part(part) => Fault::field("resourceArn", part.to_string()),
        })?;
        if parsed.account != *account || parsed.region != self.0.options.region {
            return Err(unknown());
        }
        let memory = self.memory_entry(account, &parsed.memory).await?;
        Ok((memory.key.clone(), MEMORIES.check(memory.key, Expect::At(memory.revision))))
    }
}
