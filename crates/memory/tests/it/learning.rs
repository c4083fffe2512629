//! What strategies make of events.

mod episodes;
mod facts;
mod jobs;
mod kills;
mod partitions;
mod strategies;
mod summaries;
mod tokens;
mod triggers;

use std::sync::Arc;
use std::time::Duration;

use ids::{MemoryId, StrategyId, StrategyName};
use memory::events::{NewEvent, SessionKey};
use memory::extraction::{FailedJob, JobFilter};
use memory::model::{
    Definition, Event, Payload, Record, Role, Steps, Strategy, StrategyKind, StrategyStatus,
};
use memory::namespaces::Template;

use crate::world::{BEGINNING, Server, Teacher, World, calm, session};

/// When a session is idle for so long, it is learned from.
const IDLE: Duration = Duration::from_secs(10);

/// What only one step's instructions have in them.
const FACTS: &str = "what will still be worth knowing";
const MERGE_FACTS: &str = "holds a new fact";
const PREFERENCES: &str = "what the user prefers";
const SUMMARY: &str = "You keep summaries";
const TURNS: &str = "Look at each turn";
const EPISODE: &str = "Tell it as one episode";
const REFLECTIONS: &str = "Find what the episodes have in common";

/// A reply of the script: to a step's question, where the expression is found in what is shown, this.
fn reply(step: &str, user: &str, say: &str) -> String {
    format!("[[reply]]\nsystem = '{step}'\nuser = '''(?s){user}'''\nsay = '''{say}'''\n")
}

/// For each word of a message that says `likes`, the fact that it says.
fn likes() -> String {
    reply(FACTS, r"<current_conversation>.*I like (?<what>\w+)", r#"[{"fact": "Ann likes $what."}]"#)
}

/// A world whose models answer from a script.
fn taught(script: &str) -> (World, Arc<Teacher>) {
    let mut world = World::new();
    let teacher = Teacher::new(&world.clock, script);
    world.models = teacher.clone();
    (world, teacher)
}

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

    async fn says(&self, session: &SessionKey, text: &str) -> Event {
        self.tells(session, said(session, Role::User, text)).await
    }

    async fn tells(&self, session: &SessionKey, event: NewEvent) -> Event {
        self.create_event(&session.account, &session.memory, event, None).await.unwrap()
    }

    /// Every record there is, by its text.
    async fn remembered(&self) -> Vec<Record> {
        let rows = self.world.rows("memory-records").await;
        let mut records: Vec<Record> =
            rows.iter().map(|row| serde_json::from_slice(&row.value).unwrap()).collect();
        records.sort_by(|one, other| one.text.cmp(&other.text));
        records
    }

    /// Their texts.
    async fn told(&self) -> Vec<String> {
        self.remembered().await.into_iter().map(|record| record.text).collect()
    }

    async fn failed(&self, memory: &MemoryId) -> Vec<FailedJob> {
        let account = ids::AccountId::default();
        let filter = JobFilter::default();
        self.list_failed_jobs(&account, memory, &filter, None, 50).await.unwrap().jobs
    }

    /// That nothing waits to be learned from, and nothing is kept of having done so.
    async fn at_rest(&self) {
        for space in ["memory-pending", "memory-extraction-cursors", "memory-extraction-wanted"] {
            assert_eq!(self.world.rows(space).await, [], "{space}");
        }
    }
}
