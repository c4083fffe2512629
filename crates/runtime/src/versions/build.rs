//! Building one version, from its record back to its record.

use fault::Result;
use ids::{AccountId, AgentRuntimeId, AgentVersion};
use store::{Batch, Expect, KeyRange};
use tracing::Instrument;

use super::reason::Reason;
use crate::rows::{BUILDS, ENDPOINTS, EndpointRow, VERSIONS, VersionRow, VersionState, version_key};
use crate::service::{Runtime, retry_on_conflict};

impl Runtime {
    /// Builds the version if it is still wanted, and writes down what came of it.
    pub(super) async fn build(
        &self,
        account: &AccountId,
        id: &AgentRuntimeId,
        number: AgentVersion,
    ) -> Result<()> {
        let key = version_key(account, id, number);
        let version = VERSIONS.get(self.store(), &key).await?.map(|entry| entry.value);
        let Some(version) = version.filter(|version| version.state == VersionState::Building) else {
            self.store().commit(Batch::new().and(BUILDS.delete(key, Expect::Any))).await?;
            return Ok(());
        };
        let span = tracing::info_span!("build", runtime = %id, version = %number);
        let made = self.make_template(account, &version).instrument(span.clone()).await;
        let state = match made {
            Ok(template) => {
                let _entered = span.enter();
                tracing::info!(boot = ?template.boot, freeze = ?template.freeze, size = template.size, "built");
                VersionState::Ready
            }
            Err(reason) => failed(&span, reason),
        };
        retry_on_conflict(|| self.settle(account, &version, &state)).await
    }

    /// Writes the outcome, and lets the endpoints that waited for the version go over to it.
    async fn settle(&self, account: &AccountId, built: &VersionRow, state: &VersionState) -> Result<()> {
        let key = version_key(account, &built.runtime, built.number);
        let Some(current) = VERSIONS.get(self.store(), &key).await? else {
            // Deleted while it was built: what was made for it goes too.
            self.discard_template(built).await;
            return Ok(());
        };
        let row = VersionRow { state: state.clone(), ..current.value };
        let mut batch = Batch::new()
            .and(VERSIONS.put(key.clone(), &row, Expect::At(current.revision)))
            .and(BUILDS.delete(key, Expect::Any));
        if *state == VersionState::Ready {
            let range = KeyRange::below([account.as_str(), built.runtime.as_str()]);
            for endpoint in ENDPOINTS.list(self.store(), &range, usize::MAX).await? {
                if endpoint.value.target == built.number {
                    let row =
                        EndpointRow { live: Some(built.number), updated_at: self.now(), ..endpoint.value };
                    batch = batch.and(ENDPOINTS.put(endpoint.key, &row, Expect::At(endpoint.revision)));
                }
            }
        }
        self.store().commit(batch).await?;
        Ok(())
    }
}

fn failed(span: &tracing::Span, reason: Reason) -> VersionState {
    let _entered = span.enter();
    let reason = reason.into_text();
    tracing::warn!(reason, "not built");
    VersionState::Failed { reason }
}
