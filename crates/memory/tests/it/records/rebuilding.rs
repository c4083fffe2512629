//! Collections that are written anew.

use std::sync::Arc;
use std::time::Duration;

use fault::Kind;
use ids::MemoryId;
use memory::records::Retrieval;
use search::{CollectionName, Mode, SearchIndex};

use super::{Remembering, account, at, found, of, record};
use crate::world::{Letters, Server, World, calm};

async fn with_records(server: &Server<'_>, count: usize) -> MemoryId {
    let memory = server.filterable().await;
    for chunk in (0..count).collect::<Vec<_>>().chunks(100) {
        let records = chunk.iter().map(|number| record("/a", &format!("tea number {number}")));
        server.write(&memory, records.collect()).await;
    }
    server.settle(&account(), &memory).await.unwrap();
    memory
}

async fn collections(world: &World) -> Vec<CollectionName> {
    world.index.collections().await.unwrap()
}

async fn rewritten(server: &Server<'_>, memory: &MemoryId) {
    for _ in 0..500 {
        if server.reindexing(&account(), memory).await.unwrap().is_none() {
            calm().await;
            return;
        }
        calm().await;
    }
    panic!("it is still being written");
}

#[test]
fn a_collection_is_written_anew_while_the_old_one_answers() {
    let world = of(&Letters::new(8));
    world.live(async |server| {
        let memory = with_records(server, 600).await;
        let before = collections(&world).await;
        let progress = server.reindex(&account(), &memory).await.unwrap();
        assert_eq!((progress.done, progress.of), (0, 600));
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 100);
        server.write(&memory, vec![record("/b", "written meanwhile")]).await;
        rewritten(server, &memory).await;
        let after = collections(&world).await;
        assert_eq!((before.len(), after.len()), (1, 1));
        assert_ne!(before, after);
        assert_eq!(world.index.describe(&after[0]).await.unwrap().unwrap().documents, 601);
        assert_eq!(found(&server.find(&memory, "meanwhile", at("/b")).await), ["written meanwhile"]);
    });
}

#[test]
fn a_server_killed_anywhere_while_it_rewrites_goes_on() {
    for steps in (0..200).step_by(3) {
        // With an embedder it takes several steps.
        let world = of(&Letters::new(8));
        let memory = world.live(async |server| with_records(server, 300).await);
        world.live_until_killed(async |server| {
            let dead = world.store.die_after(steps);
            let work = async {
                server.reindex(&account(), &memory).await.unwrap();
                rewritten(server, &memory).await;
            };
            tokio::select! {
                _ = dead => {}
                () = work => {}
            }
        });
        world.live(async |server| {
            rewritten(server, &memory).await;
            let left = collections(&world).await;
            assert_eq!(left.len(), 1, "{steps}");
            assert_eq!(world.index.describe(&left[0]).await.unwrap().unwrap().documents, 300, "{steps}");
            assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 100);
        });
    }
}

#[test]
fn another_embedder_gets_a_collection_of_its_own() {
    let letters = Letters::new(16);
    let world = of(&letters);
    world.live(async |server| {
        let memory = with_records(server, 40).await;
        letters.become_another(24);
        // Its vectors cannot be compared with those that there are.
        assert_eq!(server.find(&memory, "tea", at("/a")).await.mode, Mode::Lexical);
        server.write(&memory, vec![record("/a", "written with the other one")]).await;
        let answer = server.find(&memory, "other one", at("/a")).await;
        assert!(found(&answer).contains(&"written with the other one"));
        rewritten(server, &memory).await;
        let left = collections(&world).await;
        let info = world.index.describe(&left[0]).await.unwrap().unwrap();
        assert_eq!((left.len(), info.documents, info.vectors), (1, 41, 41));
        assert_eq!(info.embedder.unwrap().dimension, 24);
        assert_ne!(server.find(&memory, "tea", at("/a")).await.mode, Mode::Lexical);
    });
}

#[test]
fn who_asks_is_reason_enough_to_write_a_collection_for_another_embedder() {
    let letters = Letters::new(16);
    let world = of(&letters);
    world.live(async |server| {
        let memory = with_records(server, 40).await;
        letters.become_another(24);
        assert_eq!(server.find(&memory, "tea", at("/a")).await.mode, Mode::Lexical);
        rewritten(server, &memory).await;
        assert_eq!(server.find(&memory, "tea", at("/a")).await.mode, Mode::Hybrid);
    });
}

#[test]
fn an_embedder_that_changed_while_nothing_ran_is_seen_at_the_start() {
    let letters = Letters::new(16);
    let world = of(&letters);
    let memory = world.live(async |server| with_records(server, 40).await);
    letters.become_another(24);
    world.live(async |server| {
        calm().await;
        rewritten(server, &memory).await;
        assert_ne!(server.find(&memory, "tea", at("/a")).await.mode, Mode::Lexical);
    });
}

#[test]
fn an_index_that_was_lost_is_written_again_at_the_start() {
    let mut world = World::new();
    let memory = world.live(async |server| with_records(server, 40).await);
    world.index = Arc::default();
    world.live(async |server| {
        calm().await;
        rewritten(server, &memory).await;
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 40);
    });
}

#[test]
fn what_belongs_to_no_memory_is_removed_at_the_start() {
    let world = World::new();
    world.live(async |server| {
        with_records(server, 1).await;
    });
    let nobodys = CollectionName::parse("000000000000-gone-0123456789-records").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(world.index.write(&nobodys, vec![search::Change::Remove("x".to_owned())])).unwrap();
    world.live(async |_| {
        calm().await;
        assert_eq!(collections(&world).await.len(), 1);
    });
}

#[test]
fn a_damaged_collection_is_written_again_once_somebody_notices() {
    for noticed_by_writing in [true, false] {
        let world = World::new();
        world.live(async |server| {
            let memory = with_records(server, 40).await;
            world.index.damage(&collections(&world).await[0]);
            if noticed_by_writing {
                server.write(&memory, vec![record("/a", "one more tea")]).await;
            } else {
                let retrieval = Retrieval { text: "tea".to_owned(), among: at("/a"), best: 9 };
                let answer = server.retrieve_records(&account(), &memory, &retrieval, None, 9).await;
                assert_eq!(*answer.unwrap_err().kind(), Kind::Unavailable);
            }
            calm().await;
            rewritten(server, &memory).await;
            let expected = 40 + usize::from(noticed_by_writing);
            assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), expected);
            assert_eq!(collections(&world).await.len(), 1);
        });
    }
}

#[test]
fn an_index_without_room_learns_once_there_is_some() {
    let world = World::new();
    world.live(async |server| {
        let memory = with_records(server, 1).await;
        world.index.fill_up(true);
        server.write(&memory, vec![record("/a", "one more tea")]).await;
        calm().await;
        assert_eq!(world.rows("memory-unindexed").await.len(), 1);
        world.index.fill_up(false);
        server.pass(Duration::from_secs(3)).await;
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 2);
    });
}

#[test]
fn an_alias_for_two_embedders_does_not_embed_for_ever() {
    let letters = Letters::new(16);
    let world = of(&letters);
    world.live(async |server| {
        let memory = with_records(server, 40).await;
        letters.alternate(24);
        server.reindex(&account(), &memory).await.unwrap();
        let asked = letters.calls();
        for _ in 0..3600 {
            server.pass(Duration::from_secs(1)).await;
        }
        let calls = letters.calls() - asked;
        assert!(calls < 200, "{calls}");
        // It is found all the same.
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 40);
    });
}
