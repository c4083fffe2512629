//! Listing checkpoints.

use fault::Result;
use ids::{AccountId, AgentRuntimeId, CheckpointName, RuntimeSessionId};
use store::KeyRange;

use super::{CheckpointView, view};
use crate::rows::CHECKPOINTS;
use crate::service::Runtime;
use crate::sessions::SessionKey;

impl Runtime {
    /// The checkpoints of a runtime's sessions, or of those with this id.
    pub async fn list_checkpoints(
        &self,
        account: &AccountId,
        runtime: &AgentRuntimeId,
        session: Option<&RuntimeSessionId>,
    ) -> Result<Vec<CheckpointView>> {
        self.agent(account, runtime).await?;
        let below = KeyRange::below([account.as_str(), runtime.as_str()]);
        let rows = CHECKPOINTS.list(self.store(), &below, usize::MAX).await?;
        let views = rows.into_iter().filter_map(|row| {
            let key = SessionKey::of_row(&row.key)?;
            let name = CheckpointName::parse(row.key.last()).ok()?;
            Some(view(key, name, &row.value))
        });
        Ok(views.filter(|view| session.is_none_or(|session| *session == view.session.id)).collect())
    }
}
