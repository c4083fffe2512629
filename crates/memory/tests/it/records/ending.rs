//! Records whose time is over.

use std::time::Duration;

use fault::Kind;
use memory::memories::RecordExpiry;

use super::batches::update;
use super::{Remembering, account, at, record};
use crate::resources::facts;
use crate::world::{BEGINNING, World};

const DAY: Duration = Duration::from_hours(24);

#[test]
fn a_record_whose_time_is_over_is_never_seen_and_soon_gone() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.filterable().await;
        let short = vec![record("/a", "short tea")];
        server.create_records(&account(), &memory, short, Some(RecordExpiry::Days(31)), None).await.unwrap();
        server.write(&memory, vec![record("/a", "long tea")]).await;
        let ids: Vec<_> =
            server.all(&memory, &at("/a"), 9).await.into_iter().map(|record| record.id).collect();
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 2);
        // The clock is set, so nobody has swept yet.
        world.clock.set(BEGINNING.plus(DAY * 31));
        assert_eq!(server.find(&memory, "tea", at("/a")).await.records.len(), 1);
        let left = server.all(&memory, &at("/a"), 9).await;
        assert_eq!(left.len(), 1);
        let gone = ids.iter().find(|id| **id != left[0].id).unwrap();
        let over = server.get_record(&account(), &memory, gone, None).await.unwrap_err();
        assert_eq!(*over.kind(), Kind::NotFound);
        let outcome = server.update_records(&account(), &memory, &[update(gone)], None).await.unwrap();
        assert_eq!(outcome[0].failure.as_ref().map(|failure| failure.code), Some(404));
        assert_eq!(world.rows("memory-records").await.len(), 2);
        world.clock.set(BEGINNING);
        server.days(32).await;
        assert_eq!(world.rows("memory-records").await.len(), 1);
        assert!(world.rows("memory-record-expiries").await.is_empty());
        assert_eq!(world.rows("memory-record-places").await.len(), 1);
    });
}

#[test]
fn an_end_moves_with_each_change_unless_it_is_said() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let new = vec![record("/a", "tea")];
        let made = server
            .create_records(&account(), &memory, new, Some(RecordExpiry::Days(40)), None)
            .await
            .unwrap();
        let id = &made[0].id;
        let days = async || {
            let record = server.get_record(&account(), &memory, id, None).await.unwrap();
            record.expiry.map(|(at, days)| (at.since(BEGINNING).as_secs() / 86_400, days))
        };
        assert_eq!(days().await, Some((40, 40)));
        server.days(2).await;
        server.update_records(&account(), &memory, &[update(id)], None).await.unwrap();
        assert_eq!(days().await, Some((42, 40)));
        server
            .update_records(&account(), &memory, &[update(id)], Some(RecordExpiry::Days(50)))
            .await
            .unwrap();
        assert_eq!(days().await, Some((52, 50)));
        server.update_records(&account(), &memory, &[update(id)], Some(RecordExpiry::Remove)).await.unwrap();
        assert_eq!(days().await, None);
        server.update_records(&account(), &memory, &[update(id)], None).await.unwrap();
        assert_eq!(days().await, None);
        // What it had before does not end it.
        server.days(60).await;
        assert_eq!(days().await, None);
    });
}

#[test]
fn a_strategys_rule_is_not_for_what_is_written_by_hand() {
    World::new().live(async |server| {
        let mut strategy = facts("facts");
        strategy.record_expiry_days = Some(31);
        let mut new = super::filterable();
        new.strategies.push(strategy);
        let memory = server.create_memory(new).await.unwrap();
        let mut new = record("/a", "tea");
        new.strategy = Some(memory.strategies[0].id.to_string());
        let ids = server.write(&memory.id, vec![new]).await;
        let read = server.get_record(&account(), &memory.id, &ids[0], None).await.unwrap();
        assert_eq!(read.expiry, None);
    });
}
