//! Tags of runtimes and endpoints.

use fault::{Fault, Result};
use ids::{AccountId, ArnError, RuntimeArn};
use store::tags::{self, Tags};
use store::{Expect, Key, Write};

use crate::rows::{AGENTS, ENDPOINTS, TAGS};
use crate::service::{Runtime, retry_on_conflict};

impl Runtime {
    /// The tags of a runtime or an endpoint.
    pub async fn tags(&self, account: &AccountId, arn: &str) -> Result<Tags> {
        let (arn, _) = self.tagged(account, arn).await?;
        tags::get(self.store(), &TAGS, &tags_key(&arn)).await
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
            let (arn, standing) = self.tagged(account, arn).await?;
            tags::change(self.store(), &TAGS, tags_key(&arn), standing, &change).await
        })
        .await
    }

    /// The resource that an ARN names, if it is this account's and exists, and what makes a batch fail once it does
    /// not: tags must not outlive what they are on.
    async fn tagged(&self, account: &AccountId, arn: &str) -> Result<(RuntimeArn, Vec<Write>)> {
        let unknown = || Fault::not_found(format!("There is no resource {arn} that can be tagged."));
        let parsed = RuntimeArn::parse(arn).map_err(|error| match error {
            ArnError::Shape => unknown(),
            ArnError::Part(part) => Fault::field("resourceArn", part.to_string()),
        })?;
        if parsed.account != *account || parsed.region != self.0.options.region {
            return Err(unknown());
        }
        let agent = self.agent(account, &parsed.runtime).await?;
        let mut standing = vec![AGENTS.check(agent.key, Expect::At(agent.revision))];
        if let Some(endpoint) = &parsed.endpoint {
            let endpoint = self.endpoint(account, &parsed.runtime, endpoint).await?;
            standing.push(ENDPOINTS.check(endpoint.key, Expect::At(endpoint.revision)));
        }
        Ok((parsed, standing))
    }
}

pub(crate) fn tags_key(arn: &RuntimeArn) -> Key {
    Key::of([arn.account.as_str(), &arn.to_string()])
}
