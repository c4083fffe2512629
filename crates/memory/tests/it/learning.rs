//! What strategies make of events.

mod facts;

use std::time::Duration;

use ids::{MemoryId, StrategyId, StrategyName};
use memory::events::{NewEvent, SessionKey};
use memory::model::{
    Definition, Payload, Record, Role, Steps, Strategy, StrategyKind, StrategyStatus,
};
use memory::namespaces::Template;

use crate::world::{BEGINNING, Server, World, calm, session};

/// When a session is idle for so long, it is learned from.
const IDLE: Duration = Duration::from_secs(10);

/// A script's name for each step, by words that only its instructions have.
const FACTS: &str = "system = 'what will still be worth knowing'";
const MERGE_FACTS: &str = "system = 'holds a new fact'";

fn strategy(name: &str, kind: StrategyKind, namespace: &str) -> Strategy {
    Strategy {
        id: StrategyId::parse(&format!("{name}-0123456789")).unwrap(),
        name: StrategyName::parse(name).unwrap(),
        description: None,
        kind,
        custom: false,
        namespace: Template::parse(namespace).unwrap(),
        schema: Vec::new(),
        record_expiry_days: None,
        status: StrategyStatus::Active,
        created_at: BEGINNING,
        updated_at: BEGINNING,
    }
}

fn facts() -> Strategy {
    strategy("facts", StrategyKind::Semantic(Steps::default()), "/facts/{actorId}")
}

fn said(session: &SessionKey, role: Role, text: &str) -> NewEvent {
    NewEvent {
        actor: session.actor.clone(),
        session: Some(session.session.clone()),
        timestamp: None,
        payload: vec![Payload::Conversational { role, text: text.to_owned() }],
        branch: None,
        metadata: Default::default(),
        extract: true,
        variables: Default::default(),
    }
}

impl Server<'_> {
    async fn learning(&self, strategies: Vec<Strategy>) -> MemoryId {
        self.memory(|memory: &mut Definition| memory.strategies = strategies).await
    }

    async fn says(&self, session: &SessionKey, text: &str) {
        let event = said(session, Role::User, text);
        self.create_event(&session.account, &session.memory, event, None).await.unwrap();
    }

    /// Every record there is, by its text.
    async fn remembered(&self) -> Vec<Record> {
        let rows = self.world.rows("memory-records").await;
        let mut records: Vec<Record> =
            rows.iter().map(|row| serde_json::from_slice(&row.value).unwrap()).collect();
        records.sort_by(|one, other| one.text.cmp(&other.text));
        records
    }

    async fn told(&self) -> Vec<String> {
        self.remembered().await.into_iter().map(|record| record.text).collect()
    }
}
