//! The index follows the rows, whatever happens in between.

use std::time::Duration;

use inference::ErrorKind;
use memory::records::{RecordRemoval, RecordUpdate, Retrieval};
use search::{Mode, SearchIndex};

use super::batches::update;
use super::{Remembering, account, at, found, of, record};
use crate::world::{Letters, World, calm};

#[test]
fn a_server_killed_anywhere_while_it_indexes_loses_nothing() {
    for steps in 0..120 {
        let world = World::new();
        let memory = world.live(async |server| server.filterable().await);
        let mut written = Vec::new();
        world.live_until_killed(async |server| {
            let dead = world.store.die_after(steps);
            let work = async {
                for number in 0..4 {
                    let text = format!("tea number {number}");
                    let done = server
                        .create_records(&account(), &memory, vec![record("/a", &text)], None, None)
                        .await;
                    written.push((done.unwrap()[0].id.clone(), text));
                }
                let first = written[0].0.clone();
                let change = RecordUpdate { text: Some("coffee".to_owned()), ..update(&first) };
                server.update_records(&account(), &memory, &[change], None).await.unwrap();
                written[0].1 = "coffee".to_owned();
                let second = RecordRemoval { id: written[1].0.clone(), namespace: None };
                server.delete_record(&account(), &memory, second).await.unwrap();
                written.remove(1);
                server.settle(&account(), &memory).await.unwrap();
            };
            tokio::select! {
                _ = dead => {}
                () = work => {}
            }
        });
        world.live(async |server| {
            let listed = server.all(&memory, &at("/a"), 9).await;
            for (id, text) in &written {
                // What was acknowledged is there; what was under way may be, too.
                let there = listed.iter().find(|record| record.id == *id);
                assert!(
                    there.is_none_or(|record| record.text == *text || record.text == "coffee"),
                    "{steps}"
                );
            }
            let mut answer = Vec::new();
            for question in ["tea number", "coffee"] {
                let retrieved = server.find(&memory, question, at("/a")).await;
                answer.extend(found(&retrieved).into_iter().map(str::to_owned));
            }
            let mut expected: Vec<_> = listed.into_iter().map(|record| record.text).collect();
            answer.sort_unstable();
            expected.sort_unstable();
            assert_eq!(answer, expected, "{steps}");
            assert!(world.rows("memory-unindexed").await.is_empty());
        });
    }
}

#[test]
fn a_full_disk_is_tried_again() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.filterable().await;
        let held = world.store.hold_next("memory-records");
        server.write(&memory, vec![record("/a", "likes tea")]).await;
        // The worker is about to read the row; the commit that takes the mark away fails.
        let release = held.reached().await;
        world.store.fill_up_for("memory-unindexed");
        release.send(()).unwrap();
        calm().await;
        assert_eq!(world.rows("memory-unindexed").await.len(), 1);
        server.pass(Duration::from_secs(3)).await;
        assert!(world.rows("memory-unindexed").await.is_empty());
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 1);
    });
}

#[test]
fn while_the_embedder_fails_words_are_found_and_vectors_come_later() {
    let letters = Letters::new(16);
    let world = of(&letters);
    world.live(async |server| {
        let memory = server.filterable().await;
        letters.fail(Some(ErrorKind::Unavailable));
        server.write(&memory, vec![record("/a", "likes tea")]).await;
        let answer = server.find(&memory, "tea", at("/a")).await;
        assert_eq!((found(&answer), answer.mode), (vec!["likes tea"], Mode::Lexical));
        assert_eq!(world.rows("memory-unembedded").await.len(), 1);
        let asked = letters.calls();
        server.find(&memory, "tea", at("/a")).await;
        assert_eq!(letters.calls(), asked, "one that fails is left alone for a while");
        letters.fail(None);
        server.pass(Duration::from_secs(301)).await;
        assert!(world.rows("memory-unembedded").await.is_empty());
        let answer = server.find(&memory, "tea", at("/a")).await;
        assert_ne!(answer.mode, Mode::Lexical);
    });
}

#[test]
fn an_embedder_that_fails_for_long_is_asked_ever_more_rarely() {
    let letters = Letters::new(16);
    let world = of(&letters);
    world.live(async |server| {
        let memory = server.filterable().await;
        letters.fail(Some(ErrorKind::Timeout));
        server.write(&memory, vec![record("/a", "likes tea")]).await;
        for _ in 0..3600 {
            server.pass(Duration::from_secs(1)).await;
        }
        let calls = letters.calls();
        assert!((10..40).contains(&calls), "{calls}");
    });
}

#[test]
fn a_text_that_cannot_be_embedded_does_not_keep_others_from_it() {
    let letters = Letters::new(16);
    let world = of(&letters);
    world.live(async |server| {
        let memory = server.filterable().await;
        let records =
            vec![record("/a", "likes tea"), record("/a", "unembeddable tea"), record("/a", "more tea")];
        server.write(&memory, records).await;
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 3);
        assert!(world.rows("memory-unembedded").await.is_empty());
        let name = world.index.collections().await.unwrap().remove(0);
        let info = world.index.describe(&name).await.unwrap().unwrap();
        assert_eq!((info.documents, info.vectors), (3, 2));
    });
}

#[test]
fn an_embedder_that_comes_later_embeds_what_was_there_before() {
    let letters = Letters::new(16);
    letters.fail(Some(ErrorKind::NotConfigured));
    let world = of(&letters);
    world.live(async |server| {
        let memory = server.filterable().await;
        server.write(&memory, vec![record("/a", "likes tea")]).await;
        assert_eq!(server.find(&memory, "tea", at("/a")).await.mode, Mode::Lexical);
        letters.fail(None);
        // The first question that can be embedded tells that there is one now.
        server.find(&memory, "tea", at("/a")).await;
        calm().await;
        assert_ne!(server.find(&memory, "tea", at("/a")).await.mode, Mode::Lexical);
        assert!(world.rows("memory-unembedded").await.is_empty());
    });
}

#[test]
fn a_question_does_not_wait_for_the_index() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.filterable().await;
        server.write(&memory, vec![record("/a", "likes tea")]).await;
        server.find(&memory, "tea", at("/a")).await;
        let held = world.store.hold_next("memory-records");
        server.write(&memory, vec![record("/a", "tea again")]).await;
        let release = held.reached().await;
        let retrieval = Retrieval { text: "tea".to_owned(), among: at("/a"), best: 9 };
        let answer = server.retrieve_records(&account(), &memory, &retrieval, None, 9).await.unwrap();
        assert_eq!(answer.records.len(), 1);
        release.send(()).unwrap();
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 2);
    });
}
