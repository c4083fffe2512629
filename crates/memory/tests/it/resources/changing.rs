//! Changing memories.

use fault::Kind;
use ids::{AccountId, MemoryId, StrategyId};
use memory::memories::{MemoryChanges, RecordExpiry, StrategyChanges};
use memory::model::{IndexedKey, KeyType, MemoryStatus, NamespaceKey, StrategyStatus};

use super::{facts, new_memory, template, token};
use crate::world::World;

/// A change that changes nothing.
pub(crate) fn nothing(id: &MemoryId) -> MemoryChanges {
    MemoryChanges {
        account: AccountId::default(),
        id: id.clone(),
        description: None,
        event_expiry_days: None,
        execution_role_arn: None,
        add: Vec::new(),
        modify: Vec::new(),
        delete: Vec::new(),
        add_indexed_keys: Vec::new(),
        namespace_keys: None,
        stream: None,
        by: None,
        token: None,
    }
}

pub(super) fn unchanged(id: &StrategyId) -> StrategyChanges {
    StrategyChanges {
        id: id.clone(),
        description: None,
        namespace: None,
        schema: None,
        expiry: None,
        steps: memory::memories::StepChanges::default(),
    }
}

#[test]
fn strategies_come_change_and_go() {
    World::new().live(async |server| {
        let mut new = new_memory("notes");
        new.strategies = vec![facts("one"), facts("two")];
        let begun = server.create_memory(new).await.unwrap();
        let (one, two) = (begun.strategies[0].id.clone(), begun.strategies[1].id.clone());
        let told = server
            .update_memory(MemoryChanges {
                description: Some("what was said".to_owned()),
                event_expiry_days: Some(90),
                add: vec![facts("three")],
                modify: vec![StrategyChanges {
                    namespace: Some(template("/elsewhere/{actorId}")),
                    expiry: Some(RecordExpiry::Days(40)),
                    ..unchanged(&one)
                }],
                delete: vec![two],
                ..nothing(&begun.id)
            })
            .await
            .unwrap();
        assert_eq!(told.status, MemoryStatus::Updating);
        assert_eq!(told.strategies[1].status, StrategyStatus::Creating);
        let now = server.get_memory(&AccountId::default(), &begun.id).await.unwrap();
        assert_eq!((now.status, now.event_expiry_days), (MemoryStatus::Active, 90));
        assert_eq!(now.description.as_deref(), Some("what was said"));
        let names: Vec<&str> = now.strategies.iter().map(|strategy| strategy.name.as_str()).collect();
        assert_eq!(names, ["one", "three"]);
        assert_eq!(now.strategies[0].namespace.as_str(), "/elsewhere/{actorId}");
        assert_eq!(now.strategies[0].record_expiry_days, Some(40));
        assert!(now.strategies.iter().all(|strategy| strategy.status == StrategyStatus::Active));
    });
}

#[test]
fn indexed_keys_are_added_and_never_removed() {
    World::new().live(async |server| {
        let key = |key: &str, kind| IndexedKey { key: key.to_owned(), kind };
        let mut new = new_memory("notes");
        new.indexed_keys.push(key("a", KeyType::String));
        let id = server.create_memory(new).await.unwrap().id;
        let add = |keys: Vec<IndexedKey>| MemoryChanges { add_indexed_keys: keys, ..nothing(&id) };
        let both = vec![key("a", KeyType::String), key("b", KeyType::Number)];
        let now = server.update_memory(add(both.clone())).await.unwrap();
        assert_eq!(now.indexed_keys, both);
        let refused = server.update_memory(add(vec![key("a", KeyType::Number)])).await.unwrap_err();
        assert!(matches!(refused.kind(), Kind::Validation { .. }), "a key keeps its type: {refused}");
        let now = server.get_memory(&AccountId::default(), &id).await.unwrap();
        assert_eq!(now.indexed_keys, both);
    });
}

#[test]
fn a_change_that_leaves_no_possible_memory_changes_nothing() {
    World::new().live(async |server| {
        let mut new = new_memory("notes");
        let team = NamespaceKey { key: "team".to_owned(), allowed_values: vec![], pattern: None };
        new.namespace_keys = vec![team];
        let mut strategy = facts("facts");
        strategy.namespace = Some(template("/{team}"));
        new.strategies.push(strategy);
        let id = server.create_memory(new).await.unwrap().id;
        let before = server.get_memory(&AccountId::default(), &id).await.unwrap();
        let refused = server
            .update_memory(MemoryChanges { namespace_keys: Some(vec![]), ..nothing(&id) })
            .await
            .unwrap_err();
        assert!(matches!(refused.kind(), Kind::Validation { .. }), "{refused}");
        let unknown = StrategyId::parse("facts-0000000000").unwrap();
        let refused =
            server.update_memory(MemoryChanges { delete: vec![unknown], ..nothing(&id) }).await.unwrap_err();
        assert!(matches!(refused.kind(), Kind::Validation { .. }), "{refused}");
        assert_eq!(server.get_memory(&AccountId::default(), &id).await.unwrap(), before);
    });
}

#[test]
fn two_changes_at_once_both_happen() {
    World::new().live(async |server| {
        let id = server.create_memory(new_memory("notes")).await.unwrap().id;
        let add = |name: &str| MemoryChanges { add: vec![facts(name)], ..nothing(&id) };
        let (one, other) = tokio::join!(server.update_memory(add("one")), server.update_memory(add("other")));
        one.unwrap();
        other.unwrap();
        let now = server.get_memory(&AccountId::default(), &id).await.unwrap();
        assert_eq!(now.strategies.len(), 2);
    });
}

#[test]
fn a_change_with_a_token_happens_once() {
    World::new().live(async |server| {
        let id = server.create_memory(new_memory("notes")).await.unwrap().id;
        let add =
            || MemoryChanges { add: vec![facts("one")], token: Some(token("t", "request")), ..nothing(&id) };
        let first = server.update_memory(add()).await.unwrap();
        assert_eq!(server.update_memory(add()).await.unwrap(), first);
    });
}

#[test]
fn what_a_manager_manages_only_it_changes() {
    World::new().live(async |server| {
        const MANAGER: &str = "arn:aws:bedrock-agentcore:us-east-1:000000000000:harness/h-0123456789";
        let mut new = new_memory("notes");
        new.managed_by = Some(MANAGER.to_owned());
        let id = server.create_memory(new).await.unwrap().id;
        let account = AccountId::default();
        let add = |by: Option<&str>| MemoryChanges {
            add: vec![facts("one")],
            by: by.map(str::to_owned),
            ..nothing(&id)
        };
        let refused = server.update_memory(add(None)).await.unwrap_err();
        assert_eq!(*refused.kind(), Kind::AccessDenied);
        let refused = server.delete_memory(&account, &id, None, None).await.unwrap_err();
        assert_eq!(*refused.kind(), Kind::AccessDenied);
        let described = MemoryChanges { description: Some("mine".to_owned()), ..nothing(&id) };
        server.update_memory(described).await.unwrap();
        server.update_memory(add(Some(MANAGER))).await.unwrap();
        server.delete_memory(&account, &id, Some(MANAGER), None).await.unwrap();
    });
}
