//! How many memories and strategies there may be.

use fault::{Fault, Kind};
use ids::{AccountId, MemoryId};
use memory::memories::{MemoryChanges, NewMemory, NewStrategy};

use super::changing::nothing;
use super::{facts, new_memory};
use crate::world::{Server, World};

fn strategies(count: usize) -> Vec<NewStrategy> {
    (0..count).map(|number| facts(&format!("s{number}"))).collect()
}

/// Which quota it is that was exceeded.
#[track_caller]
fn quota(refused: &Fault) -> String {
    assert_eq!(*refused.kind(), Kind::QuotaExceeded, "{refused}");
    refused.message().to_owned()
}

impl Server<'_> {
    async fn with_strategies(&self, name: &str, count: usize) -> fault::Result<MemoryId> {
        let new = NewMemory { strategies: strategies(count), ..new_memory(name) };
        Ok(self.create_memory(new).await?.id)
    }
}

#[test]
fn an_account_has_so_many_memories() {
    let mut world = World::new();
    world.options.max_memories = 3;
    world.live(async |server| {
        for number in 0..3 {
            server.create_memory(new_memory(&format!("m{number}"))).await.unwrap();
        }
        let refused = server.create_memory(new_memory("m3")).await.unwrap_err();
        assert_eq!(quota(&refused), "An account has at most 3 memories. Delete one first.");
        let mut others = new_memory("m3");
        others.account = AccountId::parse("111111111111").unwrap();
        server.create_memory(others).await.unwrap();
    });
}

#[test]
fn a_memory_has_at_most_six_strategies() {
    World::new().live(async |server| {
        let refused = server.with_strategies("much", 7).await.unwrap_err();
        assert_eq!(quota(&refused), "A memory has at most 6 strategies. Delete one first.");
        let memory = server.with_strategies("enough", 6).await.unwrap();
        let one_more = MemoryChanges { add: vec![facts("more")], ..nothing(&memory) };
        quota(&server.update_memory(one_more).await.unwrap_err());
        let first = server.get_memory(&AccountId::default(), &memory).await.unwrap().strategies[0].id.clone();
        let another = MemoryChanges { add: vec![facts("more")], delete: vec![first], ..nothing(&memory) };
        server.update_memory(another).await.unwrap();
    });
}

#[test]
fn an_account_has_so_many_strategies() {
    let mut world = World::new();
    world.options.max_strategies = 5;
    world.live(async |server| {
        server.with_strategies("one", 3).await.unwrap();
        let refused = server.with_strategies("two", 3).await.unwrap_err();
        assert_eq!(quota(&refused), "An account has at most 5 strategies. Delete one first.");
        let two = server.with_strategies("two", 2).await.unwrap();
        server.with_strategies("three", 0).await.unwrap();
        let more = MemoryChanges { add: vec![facts("more")], ..nothing(&two) };
        quota(&server.update_memory(more.clone()).await.unwrap_err());
        let said = MemoryChanges { description: Some("full".to_owned()), ..nothing(&two) };
        server.update_memory(said).await.unwrap();
        let one = server.list_memories(&AccountId::default(), None, 9).await.unwrap();
        let one = one.into_iter().find(|memory| memory.name.as_str() == "one").unwrap();
        let gone = MemoryChanges { delete: vec![one.strategies[0].id.clone()], ..nothing(&one.id) };
        server.update_memory(gone).await.unwrap();
        server.update_memory(more).await.unwrap();
    });
}

#[test]
fn the_quotas_are_those_of_agentcore() {
    let options = memory::Options::new(ids::Region::default());
    assert_eq!((options.max_memories, options.max_strategies), (150, 900));
}
