//! `ListMemories`

use control_api::memories::{ListMemories, ListMemoriesInput, ListMemoriesOutput};
use fault::Result;
use ids::MemoryId;
use memory::model::Definition;
use restjson::{Call, Handle};

use super::shown;
use crate::ControlPlane;
use crate::listing::Page;
use crate::token::{account, bad};

impl Handle<ListMemories> for ControlPlane {
    async fn handle(&self, call: &Call, input: ListMemoriesInput) -> Result<ListMemoriesOutput> {
        let page = Page::read(&self.pages, call, input.max_results, input.next_token.as_deref())?;
        let after = page.after.as_deref().map(MemoryId::parse).transpose().map_err(bad("nextToken"))?;
        let mut rows = self.memory.list_memories(&account(call)?, after.as_ref(), page.reach()).await?;
        let next_token = page.cut(&self.pages, call, &mut rows, |row| row.id.to_string());
        let summary = |row: Definition| {
            let arn = self.memory.arn(&row.account, &row.id);
            shown::summary(row, &arn)
        };
        Ok(ListMemoriesOutput { memories: rows.into_iter().map(summary).collect(), next_token })
    }
}
