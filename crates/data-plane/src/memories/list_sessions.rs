//! `ListSessions`

use data_api::memories::{ListSessions, ListSessionsInput, ListSessionsOutput, SessionSummary};
use fault::Result;
use ids::ActorId;
use memory::events::SessionView;
use restjson::{Call, Handle};

use super::page;
use super::place::bad;
use crate::DataPlane;

impl Handle<ListSessions> for DataPlane {
    async fn handle(&self, call: &Call, input: ListSessionsInput) -> Result<ListSessionsOutput> {
        let (account, memory) = self.memory(call, &input.memory_id)?;
        let actor = ActorId::parse(&input.actor_id).map_err(bad("actorId"))?;
        let with_events = input.filter.and_then(|filter| filter.event_filter).is_some();
        let (after, size) = (self.after(call, input.next_token.as_deref())?, page::size(input.max_results));
        let page = self
            .memory
            .list_memory_sessions(&account, &memory, &actor, with_events, after.as_deref(), size)
            .await?;
        Ok(ListSessionsOutput {
            session_summaries: page.sessions.into_iter().map(summary).collect(),
            next_token: self.next(call, page.next),
        })
    }
}

fn summary(session: SessionView) -> SessionSummary {
    SessionSummary {
        session_id: session.session.into(),
        actor_id: session.actor.into(),
        created_at: session.created_at,
    }
}
