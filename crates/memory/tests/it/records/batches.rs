//! Writing, changing and removing by hand.

use fault::Kind;
use ids::MemoryRecordId;
use memory::memories::RecordExpiry;
use memory::model::{Record, SchemaEntry, SchemaExtraction};
use memory::records::{Failure, RecordRemoval, RecordUpdate};
use stdx::Timestamp;

use super::{Remembering, account, at, filterable, namespace, record, text, texts, with};
use crate::resources::{facts, token};
use crate::world::{BEGINNING, World};

pub(crate) fn update(id: &MemoryRecordId) -> RecordUpdate {
    RecordUpdate {
        id: id.clone(),
        timestamp: BEGINNING,
        text: None,
        namespace: None,
        source: None,
        strategy: None,
        metadata: None,
    }
}

fn code(failure: Option<&Failure>) -> Option<u16> {
    failure.map(|failure| failure.code)
}

#[test]
fn what_is_written_is_read_at_once() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let new = with(record("/a", "likes tea"), "topic", text("drinks"));
        let ids = server.write(&memory, vec![new]).await;
        let read: Record = server.get_record(&account(), &memory, &ids[0], None).await.unwrap();
        assert_eq!((read.text.as_str(), read.namespace), ("likes tea", Some(namespace("/a"))));
        assert_eq!(read.metadata.get("topic"), Some(&text("drinks")));
        assert_eq!(read.expiry, None);
        let there = server.get_record(&account(), &memory, &ids[0], Some(&namespace("/"))).await;
        assert!(there.is_ok());
        let elsewhere = server.get_record(&account(), &memory, &ids[0], Some(&namespace("/b"))).await;
        assert_eq!(*elsewhere.unwrap_err().kind(), Kind::NotFound);
    });
}

#[test]
fn one_bad_record_does_not_keep_the_others_from_being_written() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let mut of_nobody = record("/a", "second");
        of_nobody.strategy = Some("nobody-0123456789".to_owned());
        let instant = memory::model::RecordValue::Instant(BEGINNING);
        let records = vec![
            record("/a", "first"),
            of_nobody,
            with(record("/a", "third"), "when", instant),
            with(record("/a", "fourth"), "n", memory::model::RecordValue::Number(f64::NAN)),
            record("/a", &"x".repeat(16_001)),
            record("/a", &"ä".repeat(16_000)),
        ];
        let outcomes = server.create_records(&account(), &memory, records, None, None).await.unwrap();
        let codes: Vec<_> = outcomes.iter().map(|outcome| code(outcome.failure.as_ref())).collect();
        assert_eq!(codes, [None, Some(404), Some(400), Some(400), Some(400), None]);
        assert!(outcomes.iter().all(|outcome| outcome.request.as_deref() == Some("one")));
        assert_eq!(server.all(&memory, &at("/a"), 100).await.len(), 2);
    });
}

#[test]
fn a_token_writes_once() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let token = token("t", "request");
        let write = async || {
            server.create_records(&account(), &memory, vec![record("/a", "once")], None, Some(&token)).await
        };
        let (one, other) = tokio::join!(write(), write());
        assert_eq!(one.unwrap(), other.unwrap());
        assert_eq!(server.all(&memory, &at("/a"), 100).await.len(), 1);
    });
}

#[test]
fn metadata_of_a_strategy_with_a_schema_is_what_the_schema_has() {
    World::new().live(async |server| {
        let extraction = SchemaExtraction::Inferred { definition: None, instruction: None, rule: None };
        let entry = SchemaEntry { key: "topic".to_owned(), kind: None, extraction };
        let mut with_schema = facts("schema");
        with_schema.schema = vec![entry];
        let mut new = filterable();
        new.strategies = vec![with_schema, facts("none")];
        let memory = server.create_memory(new).await.unwrap();
        let written = async |strategy: Option<usize>| {
            let mut new = with(with(record("/a", "x"), "topic", text("t")), "other", text("o"));
            new.metadata.insert("x-amz-agentcore-memory-recordType".to_owned(), text("FORGED"));
            new.strategy = strategy.map(|at| memory.strategies[at].id.to_string());
            let ids = server.write(&memory.id, vec![new]).await;
            let record = server.get_record(&account(), &memory.id, &ids[0], None).await.unwrap();
            record.metadata.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(written(Some(0)).await, ["topic"]);
        assert_eq!(written(Some(1)).await, ["other", "topic"]);
        assert_eq!(written(None).await, ["other", "topic"]);
    });
}

#[test]
fn a_record_changes_in_what_is_said_of_it() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let ids = server.write(&memory, vec![with(record("/a", "old"), "topic", text("t"))]).await;
        server.pass(std::time::Duration::from_secs(1)).await;
        let change = RecordUpdate {
            text: Some("new".to_owned()),
            namespace: Some(Some(namespace("/b"))),
            timestamp: Timestamp::from_millis(7),
            ..update(&ids[0])
        };
        let outcomes = server.update_records(&account(), &memory, &[change], None).await.unwrap();
        assert_eq!(outcomes[0].failure, None);
        let read = server.get_record(&account(), &memory, &ids[0], None).await.unwrap();
        assert_eq!((read.text.as_str(), read.timestamp), ("new", Timestamp::from_millis(7)));
        assert_eq!(read.metadata.get("topic"), Some(&text("t")));
        assert!(read.updated_at > read.created_at);
        assert!(server.all(&memory, &at("/a"), 9).await.is_empty());
        assert_eq!(texts(&server.all(&memory, &at("/b"), 9).await), ["new"]);
        let nowhere = RecordUpdate { namespace: Some(None), ..update(&ids[0]) };
        server.update_records(&account(), &memory, &[nowhere], None).await.unwrap();
        assert!(server.all(&memory, &at("/b"), 9).await.is_empty());
    });
}

#[test]
fn changes_that_cannot_be() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let ids = server.write(&memory, vec![record("/a", "one"), record("/a", "two")]).await;
        let unknown = MemoryRecordId::generate(&stdx::SystemRng);
        let changes = [
            RecordUpdate { text: Some("new".to_owned()), ..update(&ids[0]) },
            update(&ids[0]),
            update(&unknown),
            RecordUpdate { source: Some(namespace("/b")), ..update(&ids[1]) },
        ];
        let outcomes = server.update_records(&account(), &memory, &changes, None).await.unwrap();
        let codes: Vec<_> = outcomes.iter().map(|outcome| code(outcome.failure.as_ref())).collect();
        assert_eq!(codes, [None, Some(400), Some(404), Some(404)]);
        let few =
            server.update_records(&account(), &memory, &changes[..1], Some(RecordExpiry::Days(30))).await;
        assert!(matches!(few.unwrap_err().kind(), Kind::Validation { .. }));
    });
}

#[test]
fn changes_at_once_do_not_undo_each_other() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let ids = server.write(&memory, vec![record("/a", "old")]).await;
        let text = [RecordUpdate { text: Some("new".to_owned()), ..update(&ids[0]) }];
        let place = [RecordUpdate { namespace: Some(Some(namespace("/b"))), ..update(&ids[0]) }];
        let (account, account_again) = (account(), account());
        let (one, other) = tokio::join!(
            server.update_records(&account, &memory, &text, None),
            server.update_records(&account_again, &memory, &place, None),
        );
        one.unwrap();
        other.unwrap();
        assert_eq!(texts(&server.all(&memory, &at("/b"), 9).await), ["new"]);
        assert!(server.all(&memory, &at("/a"), 9).await.is_empty());
    });
}

#[test]
fn removed_records_are_gone() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let ids = server
            .write(&memory, vec![record("/a", "one"), record("/a", "two"), record("/a", "three")])
            .await;
        let removal = |id: &MemoryRecordId, place: Option<&str>| RecordRemoval {
            id: id.clone(),
            namespace: place.map(namespace),
        };
        let removals = [
            removal(&ids[0], None),
            removal(&ids[0], None),
            removal(&ids[1], Some("/b")),
            removal(&ids[2], Some("/a")),
        ];
        let outcomes = server.delete_records(&account(), &memory, &removals).await.unwrap();
        let codes: Vec<_> = outcomes.iter().map(|outcome| code(outcome.failure.as_ref())).collect();
        assert_eq!(codes, [None, Some(400), Some(404), None]);
        assert_eq!(texts(&server.all(&memory, &at("/a"), 9).await), ["two"]);
        server.delete_record(&account(), &memory, removal(&ids[1], None)).await.unwrap();
        let again = server.delete_record(&account(), &memory, removal(&ids[1], None)).await.unwrap_err();
        assert_eq!(*again.kind(), Kind::NotFound);
    });
}
