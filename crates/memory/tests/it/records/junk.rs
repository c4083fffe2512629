//! What the report of junk names.

use super::{Remembering, account, at, record};
use crate::world::World;

#[test]
fn the_report_names_duplicates_and_what_nobody_found() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let records = vec![
            record("/a", "Likes green tea."),
            record("/a", "likes green  TEA"),
            record("/a", "plays the piano"),
            record("/b", "likes green tea"),
        ];
        let ids = server.write(&memory, records).await;
        server.find(&memory, "piano", at("/a")).await;
        let junk = server.junk(&account(), &memory).await.unwrap();
        assert_eq!((junk.looked_at, junk.more), (4, false));
        assert_eq!(junk.duplicates.len(), 1, "{junk:?}");
        let pair = &junk.duplicates[0];
        let mut pair = [pair.first.clone(), pair.second.clone()];
        pair.sort();
        let mut same = [ids[0].clone(), ids[1].clone()];
        same.sort();
        assert_eq!(pair, same);
        let mut never = vec![ids[0].clone(), ids[1].clone(), ids[3].clone()];
        never.sort();
        assert_eq!(junk.never_found, never);
    });
}

#[test]
fn counts_outlive_an_orderly_end() {
    let world = World::new();
    let memory = world.live(async |server| {
        let memory = server.filterable().await;
        server.write(&memory, vec![record("/a", "likes tea")]).await;
        server.find(&memory, "tea", at("/a")).await;
        memory
    });
    world.live(async |server| {
        assert!(server.junk(&account(), &memory).await.unwrap().never_found.is_empty());
    });
}
