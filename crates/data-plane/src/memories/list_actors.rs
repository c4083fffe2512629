//! `ListActors`

use data_api::memories::{ActorSummary, ListActors, ListActorsInput, ListActorsOutput};
use fault::Result;
use restjson::{Call, Handle};

use super::page;
use crate::DataPlane;

impl Handle<ListActors> for DataPlane {
    async fn handle(&self, call: &Call, input: ListActorsInput) -> Result<ListActorsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let (after, size) = (self.after(call, input.next_token.as_deref())?, page::size(input.max_results));
        let page = self.memory.list_actors(&account, &memory, after.as_deref(), size).await?;
        let summary = |actor: ids::ActorId| ActorSummary { actor_id: actor.into() };
        Ok(ListActorsOutput {
            actor_summaries: page.actors.into_iter().map(summary).collect(),
            next_token: self.next(call, page.next),
        })
    }
}
