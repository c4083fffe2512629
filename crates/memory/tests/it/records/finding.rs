//! Finding by what is asked.

use memory::records::{RecordRemoval, RecordUpdate, Retrieval};
use search::Mode;

use super::batches::update;
use super::{Remembering, account, at, below, found, namespace, of, record};
use crate::world::Letters;
use crate::world::World;

#[test]
fn what_was_written_is_found_by_its_words() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let records = vec![
            record("/a", "likes green tea"),
            record("/a", "plays the piano"),
            record("/b", "drinks tea"),
        ];
        server.write(&memory, records).await;
        let answer = server.find(&memory, "tea", at("/a")).await;
        assert_eq!((found(&answer), answer.mode), (vec!["likes green tea"], Mode::Lexical));
        assert!((0.0..=1.0).contains(&answer.records[0].1));
        assert_eq!(server.find(&memory, "tea", below("/")).await.records.len(), 2);
        assert!(server.find(&memory, "tea", at("/")).await.records.is_empty());
    });
}

#[test]
fn with_an_embedder_meaning_counts_too() {
    of(&Letters::new(16)).live(async |server| {
        let memory = server.filterable().await;
        server.write(&memory, vec![record("/a", "abcabc"), record("/a", "xyzxyz")]).await;
        let answer = server.find(&memory, "cab", at("/a")).await;
        assert_ne!(answer.mode, Mode::Lexical);
        assert_eq!(found(&answer)[0], "abcabc");
    });
}

#[test]
fn what_changed_or_went_is_found_as_it_is_now() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let ids = server.write(&memory, vec![record("/a", "green tea"), record("/a", "black tea")]).await;
        server.find(&memory, "tea", at("/a")).await;
        let changes = [
            RecordUpdate { text: Some("strong coffee".to_owned()), ..update(&ids[0]) },
            RecordUpdate { namespace: Some(Some(namespace("/b"))), ..update(&ids[1]) },
        ];
        server.update_records(&account(), &memory, &changes, None).await.unwrap();
        assert_eq!(found(&server.find(&memory, "coffee", at("/a")).await), ["strong coffee"]);
        assert!(server.find(&memory, "tea", at("/a")).await.records.is_empty());
        assert_eq!(found(&server.find(&memory, "tea", at("/b")).await), ["black tea"]);
        let removal = RecordRemoval { id: ids[1].clone(), namespace: None };
        server.delete_record(&account(), &memory, removal).await.unwrap();
        // Also before the index has learned of it.
        let retrieval = Retrieval { text: "tea".to_owned(), among: at("/b"), best: 9 };
        let answer = server.retrieve_records(&account(), &memory, &retrieval, None, 9).await.unwrap();
        assert!(answer.records.is_empty());
    });
}

#[test]
fn pages_hold_each_of_the_best_once() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let records = (0..50).map(|number| record("/a", &format!("tea number {number}"))).collect();
        server.write(&memory, records).await;
        server.settle(&account(), &memory).await.unwrap();
        for (best, size) in [(50, 7), (20, 7), (20, 20), (7, 20), (100, 100)] {
            let retrieval = Retrieval { text: "tea".to_owned(), among: at("/a"), best };
            let (mut ids, mut after) = (Vec::new(), None);
            loop {
                let page = server
                    .retrieve_records(&account(), &memory, &retrieval, after.as_deref(), size)
                    .await
                    .unwrap();
                assert!(page.records.len() <= size);
                ids.extend(page.records.into_iter().map(|(record, _)| record.id));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let unique: std::collections::BTreeSet<_> = ids.iter().collect();
            assert_eq!((ids.len(), unique.len()), (best.min(50), best.min(50)), "{best} {size}");
        }
    });
}
