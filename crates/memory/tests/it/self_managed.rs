//! Conversations for strategies that their owners run.

use std::time::Duration;

use ids::{MemoryId, StrategyId, StrategyName};
use memory::events::{NewEvent, SessionKey};
use memory::extraction::{FailedJob, JobFilter};
use memory::model::{Payload, Role, SelfManaged, Strategy, StrategyKind, StrategyStatus, Trigger};
use memory::namespaces::Template;
use serde_json::{Value, json};
use store::{Blobs, Digest};

use crate::world::{BEGINNING, BUCKET, KNOWN, OBJECTS, Server, World, calm, session};

pub(crate) fn owned(bucket: &str, trigger: Trigger) -> Strategy {
    Strategy {
        id: StrategyId::parse("own-0123456789").unwrap(),
        name: StrategyName::parse("own").unwrap(),
        description: None,
        kind: StrategyKind::SelfManaged(SelfManaged {
            triggers: vec![trigger],
            topic_arn: format!("{KNOWN}-topic"),
            bucket: bucket.to_owned(),
            history_messages: 3,
        }),
        custom: true,
        namespace: Template::parse("/own/{actorId}").unwrap(),
        schema: Vec::new(),
        record_expiry_days: None,
        status: StrategyStatus::Active,
        created_at: BEGINNING,
        updated_at: BEGINNING,
    }
}

impl Server<'_> {
    async fn with_owner(&self, strategy: Strategy) -> MemoryId {
        self.memory(|memory| memory.strategies = vec![strategy]).await
    }

    async fn hears(&self, session: &SessionKey, role: Role, text: &str) {
        self.takes(session, Payload::Conversational { role, text: text.to_owned() }).await;
    }

    async fn holds(&self, session: &SessionKey, blob: Value) {
        self.takes(session, Payload::Blob(blob)).await;
    }

    async fn takes(&self, session: &SessionKey, part: Payload) {
        let event = NewEvent {
            actor: session.actor.clone(),
            session: Some(session.session.clone()),
            timestamp: None,
            payload: vec![part],
            branch: None,
            metadata: Default::default(),
            extract: true,
            variables: Default::default(),
        };
        self.create_event(&session.account, &session.memory, event, None).await.unwrap();
    }

    /// What lies in the bucket, as it came, each with its key.
    async fn conversations(&self) -> Vec<(String, Value)> {
        let mut rows = self.world.rows(OBJECTS.name()).await;
        rows.sort_by_key(|row| row.revision);
        let mut conversations = Vec::new();
        for row in rows {
            let digest = Digest::parse(std::str::from_utf8(&row.value).unwrap()).unwrap();
            let content = self.world.blobs.read(&digest, 0, None).await.unwrap();
            let content = content.collect(16 << 20).await.unwrap();
            conversations.push((row.key.last().to_owned(), serde_json::from_slice(&content).unwrap()));
        }
        conversations
    }

    async fn failures(&self, memory: &MemoryId) -> Vec<FailedJob> {
        let (account, filter) = (ids::AccountId::default(), JobFilter::default());
        self.list_failed_jobs(&account, memory, &filter, None, 50).await.unwrap().jobs
    }
}

#[test]
fn a_conversation_is_put_into_the_bucket_and_announced() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.with_owner(owned(BUCKET, Trigger::Messages(2))).await;
        let ann = session(&memory, "ann", "monday");
        for (role, text) in
            [(Role::User, "One."), (Role::Assistant, "Two."), (Role::User, "Three."), (Role::Tool, "Four.")]
        {
            server.hears(&ann, role, text).await;
            server.pass(Duration::from_secs(1)).await;
        }
        calm().await;
        let conversations = server.conversations().await;
        let [(_, first), (key, second)] = &conversations[..] else { panic!("{conversations:?}") };
        let said = |role: &str, text: &str| json!({ "role": role, "content": { "text": text } });
        assert_eq!(first["currentContext"], json!([said("USER", "One."), said("ASSISTANT", "Two.")]));
        assert_eq!(first["historicalContext"], json!([]));
        let job = second["requestId"].as_str().unwrap();
        let expected = json!({
            "requestId": job,
            "accountId": "000000000000",
            "memoryId": memory.as_str(),
            "actorId": "ann",
            "sessionId": "monday",
            "strategyId": "own-0123456789",
            "startingTimestamp": 1_790_000_002,
            "endingTimestamp": 1_790_000_003,
            "currentContext": [said("USER", "Three."), said("TOOL", "Four.")],
            "historicalContext": [said("USER", "One."), said("ASSISTANT", "Two.")],
        });
        assert_eq!(*second, expected);
        let announced = world.receiver.told();
        assert_eq!(announced.len(), 2);
        let expected = json!({
            "jobId": job,
            "s3PayloadLocation": format!("s3://{BUCKET}/{key}"),
            "memoryId": memory.as_str(),
            "strategyId": "own-0123456789",
        });
        assert_eq!(announced[1], expected);
    });
}

#[test]
fn history_has_the_blobs_that_came_between() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.with_owner(owned(BUCKET, Trigger::Messages(2))).await;
        let ann = session(&memory, "ann", "monday");
        let said = |role: &str, text: &str| json!({ "role": role, "content": { "text": text } });
        server.holds(&ann, json!({ "state": "old" })).await;
        server.hears(&ann, Role::User, "One.").await;
        server.holds(&ann, json!({ "state": "new" })).await;
        server.hears(&ann, Role::Assistant, "Two.").await;
        server.holds(&ann, json!("plain")).await;
        server.hears(&ann, Role::User, "Three.").await;
        server.hears(&ann, Role::Assistant, "Four.").await;
        calm().await;
        let (_, first) = server.conversations().await.remove(0);
        assert_eq!(first["currentContext"], json!([said("USER", "One."), said("ASSISTANT", "Two.")]));
        assert_eq!(first["historicalContext"], json!([{ "blob": r#"{"state":"old"}"# }]));
        let (_, second) = server.conversations().await.remove(1);
        assert_eq!(second["currentContext"], json!([said("USER", "Three."), said("ASSISTANT", "Four.")]));
        let between =
            json!([{ "blob": r#"{"state":"new"}"# }, said("ASSISTANT", "Two."), { "blob": "plain" }]);
        assert_eq!(second["historicalContext"], between, "three events back");
    });
}

#[test]
fn history_is_no_longer_than_an_event_may_be() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.with_owner(owned(BUCKET, Trigger::Messages(1))).await;
        let ann = session(&memory, "ann", "monday");
        for letter in ["a", "b", "c"] {
            server.holds(&ann, json!(letter.repeat(4 << 20))).await;
        }
        server.hears(&ann, Role::User, "One.").await;
        calm().await;
        let (_, only) = server.conversations().await.remove(0);
        let history = only["historicalContext"].as_array().unwrap();
        let begins: Vec<_> = history.iter().map(|part| &part["blob"].as_str().unwrap()[..1]).collect();
        assert_eq!(begins, ["b", "c"], "the newest");
    });
}

#[test]
fn idle_time_is_a_trigger_too() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.with_owner(owned(BUCKET, Trigger::IdleSeconds(20))).await;
        server.hears(&session(&memory, "ann", "monday"), Role::User, "One.").await;
        server.pass(Duration::from_secs(19)).await;
        assert_eq!(world.receiver.told().len(), 0);
        server.pass(Duration::from_secs(1)).await;
        assert_eq!(world.receiver.told().len(), 1);
    });
}

#[test]
fn a_conversation_without_a_bucket_is_a_failed_job() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.with_owner(owned("missing", Trigger::Messages(1))).await;
        server.hears(&session(&memory, "ann", "monday"), Role::User, "One.").await;
        calm().await;
        let failures = server.failures(&memory).await;
        assert_eq!(failures.len(), 1);
        assert_eq!(failures[0].reason, "there is no bucket missing");
        assert_eq!(world.receiver.told(), Vec::<Value>::new());
    });
}

#[test]
fn object_and_announcement_come_together_wherever_a_server_is_killed() {
    let mut steps = 0;
    loop {
        let world = World::new();
        let memory = world.live(async |server| server.with_owner(owned(BUCKET, Trigger::Messages(1))).await);
        let ann = session(&memory, "ann", "monday");
        let (acknowledged, finished) = world.live_until_killed(async |server| {
            let died = world.store.die_after(steps);
            let mut acknowledged = false;
            let story = async {
                server.hears(&ann, Role::User, "One.").await;
                acknowledged = true;
                calm().await;
            };
            let finished = tokio::select! {
                biased;
                _ = died => false,
                () = story => true,
            };
            (acknowledged, finished)
        });
        world.live(async |server| {
            server.pass(Duration::from_secs(1)).await;
            let conversations = server.conversations().await;
            assert!(conversations.len() <= 1, "after {steps} steps: handed over twice");
            assert!(!acknowledged || conversations.len() == 1, "after {steps} steps: lost");
            let announced = world.receiver.told();
            assert_eq!(announced.is_empty(), conversations.is_empty(), "after {steps} steps");
            for announcement in announced {
                let key = format!("s3://{BUCKET}/{}", conversations[0].0);
                assert_eq!(announcement["s3PayloadLocation"], key.as_str(), "after {steps} steps");
            }
        });
        if finished {
            assert!(steps > 20, "the story takes some steps: {steps}");
            return;
        }
        steps += 1;
    }
}
