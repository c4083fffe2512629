//! Creating, naming and listing memories.

use fault::{Kind, ValidationReason};
use ids::AccountId;
use memory::model::{MemoryStatus, StrategyStatus};

use super::{facts, new_memory, token};
use crate::world::World;

#[test]
fn a_memory_begins_and_is_active_a_moment_later() {
    World::new().live(async |server| {
        let mut new = new_memory("notes");
        new.strategies.push(facts("facts"));
        let begun = server.create_memory(new).await.unwrap();
        assert_eq!(begun.status, MemoryStatus::Creating);
        assert_eq!(begun.strategies[0].status, StrategyStatus::Creating);
        assert!(begun.id.as_str().starts_with("notes-"));
        let active = server.get_memory(&AccountId::default(), &begun.id).await.unwrap();
        assert_eq!(active.status, MemoryStatus::Active);
        assert_eq!(active.strategies[0].status, StrategyStatus::Active);
        assert_eq!(active.strategies[0].namespace.as_str(), "/strategy/{memoryStrategyId}/actor/{actorId}");
    });
}

#[test]
fn a_name_is_used_once_and_the_refusal_says_what_the_sdk_looks_for() {
    World::new().live(async |server| {
        server.create_memory(new_memory("notes")).await.unwrap();
        let refused = server.create_memory(new_memory("notes")).await.unwrap_err();
        assert!(matches!(
            refused.kind(),
            Kind::Validation { reason: ValidationReason::ResourceConflict, .. }
        ));
        assert!(refused.message().contains("already exists"), "{refused}");
        let mut others = new_memory("notes");
        others.account = AccountId::parse("111111111111").unwrap();
        server.create_memory(others).await.unwrap();
    });
}

#[test]
fn a_token_creates_one_memory_also_when_two_calls_come_at_once() {
    World::new().live(async |server| {
        let new = || {
            let mut new = new_memory("notes");
            new.token = Some(token("t", "request"));
            new
        };
        let (one, other) = tokio::join!(server.create_memory(new()), server.create_memory(new()));
        assert_eq!(one.unwrap(), other.unwrap());
        let mut other = new_memory("else");
        other.token = Some(token("t", "another request"));
        let refused = server.create_memory(other).await.unwrap_err();
        assert!(matches!(
            refused.kind(),
            Kind::Validation { reason: ValidationReason::IdempotentParameterMismatch, .. }
        ));
        assert_eq!(server.list_memories(&AccountId::default(), None, 9).await.unwrap().len(), 1);
    });
}

#[test]
fn memories_are_listed_in_pages() {
    World::new().live(async |server| {
        let account = AccountId::default();
        for number in 0..5 {
            server.create_memory(new_memory(&format!("m{number}"))).await.unwrap();
        }
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = server.list_memories(&account, after.as_ref(), 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            names.extend(page.into_iter().map(|memory| memory.name.to_string()));
        }
        assert_eq!(names, ["m0", "m1", "m2", "m3", "m4"]);
    });
}

#[test]
fn tags_belong_to_a_memory_and_go_with_it() {
    World::new().live(async |server| {
        let account = AccountId::default();
        let mut new = new_memory("notes");
        new.tags.insert("team".to_owned(), "blue".to_owned());
        let id = server.create_memory(new).await.unwrap().id;
        let arn = server.arn(&account, &id).to_string();
        server.tag(&account, &arn, &[("stage".to_owned(), "test".to_owned())].into()).await.unwrap();
        server.untag(&account, &arn, &["team".to_owned()]).await.unwrap();
        let tags = server.tags(&account, &arn).await.unwrap();
        assert_eq!(tags, [("stage".to_owned(), "test".to_owned())].into());
        let others = AccountId::parse("111111111111").unwrap();
        assert_eq!(*server.tags(&others, &arn).await.unwrap_err().kind(), Kind::NotFound);
    });
}
