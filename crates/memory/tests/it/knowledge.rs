//! Documents of a memory.

use bytes::Bytes;
use documents::Format;
use fault::Kind;
use ids::MemoryId;
use memory::knowledge::{Document, DocumentName, NewDocument};
use memory::model::{Origin, RecordMetadata, RecordValue};
use memory::records::RecordRemoval;
use store::claims::claimed;

use crate::records::{Remembering, account, at, below, namespace, text};
use crate::resources::new_memory;
use crate::world::{Server, World, calm};

const GUIDE: &str =
    "# Guide\n## Refunds\nA refund takes thirty days.\n\n## Shipping\nShipping is free above ten.\n";

fn name(text: &str) -> DocumentName {
    DocumentName::parse(text).unwrap()
}

fn new(title: &str, content: &str) -> NewDocument {
    NewDocument {
        name: name(title),
        format: Format::Markdown,
        content: Bytes::copy_from_slice(content.as_bytes()),
        namespace: Some(namespace("/handbook")),
        metadata: RecordMetadata::from([("topic".to_owned(), text("help"))]),
    }
}

impl Server<'_> {
    async fn put(&self, memory: &MemoryId, title: &str, content: &str) -> Document {
        self.put_document(&account(), memory, new(title, content)).await.unwrap()
    }

    async fn texts(&self, memory: &MemoryId) -> Vec<String> {
        let mut texts: Vec<String> =
            self.all(memory, &below("/"), 100).await.into_iter().map(|record| record.text).collect();
        texts.sort();
        texts
    }
}

#[test]
fn pieces_are_found_and_say_where_they_come_from() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.filterable().await;
        let document = server.put(&memory, "guide.md", GUIDE).await;
        assert_eq!((document.pieces, document.length), (2, GUIDE.len() as u64));
        calm().await;
        let found = server.find(&memory, "how long does a refund take", at("/handbook")).await;
        let best = &found.records[0].0;
        assert_eq!(best.text, "Guide > Refunds\n\nA refund takes thirty days.");
        let trail = vec!["Guide".to_owned(), "Refunds".to_owned()];
        assert_eq!(
            best.origin,
            Origin::Document { document: "guide.md".to_owned(), piece: 0, trail: trail.clone() }
        );
        let told: RecordMetadata =
            best.system_metadata().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        assert_eq!(told["x-freehold-document"], text("guide.md"));
        assert_eq!(told["x-freehold-piece"], RecordValue::Number(0.0));
        assert_eq!(told["x-freehold-trail"], RecordValue::Texts(trail));
        assert_eq!(best.metadata["topic"], text("help"));
        let page = server.list_documents(&account(), &memory, None, 10).await.unwrap();
        assert_eq!((page.documents, page.next), (vec![document], None));
    });
}

#[test]
fn another_document_of_the_name_takes_its_place() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.filterable().await;
        let before = server.put(&memory, "guide.md", GUIDE).await;
        server.put(&memory, "other.md", "Something else.").await;
        let after = server.put(&memory, "guide.md", "# Guide\nNothing is refunded.").await;
        assert_eq!(after.created_at, before.created_at);
        assert_eq!(server.texts(&memory).await, ["Guide\n\nNothing is refunded.", "Something else."]);
        calm().await;
        let found = server.find(&memory, "shipping refund thirty days", below("/")).await;
        assert!(found.records.iter().all(|(record, _)| !record.text.contains("thirty")), "{found:?}");
        let store = &*server.world.store;
        assert!(!claimed(store, &before.digest).await.unwrap());
        assert!(claimed(store, &after.digest).await.unwrap());
        let pieces = server.document_pieces(&account(), &memory, &name("guide.md")).await.unwrap();
        assert_eq!(pieces.len(), 1);
    });
}

#[test]
fn a_document_goes_with_its_pieces_and_a_memory_with_its_documents() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.filterable().await;
        let document = server.put(&memory, "guide.md", GUIDE).await;
        let other = server.put(&memory, "other.md", "Something else.").await;
        let first = server.document_pieces(&account(), &memory, &document.name).await.unwrap().remove(0);
        let removal = RecordRemoval { id: first.id, namespace: None };
        server.delete_record(&account(), &memory, removal).await.unwrap();
        server.delete_document(&account(), &memory, &document.name).await.unwrap();
        assert_eq!(server.texts(&memory).await, ["Something else."]);
        assert!(!claimed(&*server.world.store, &document.digest).await.unwrap());
        let gone = server.delete_document(&account(), &memory, &document.name).await.unwrap_err();
        assert_eq!(*gone.kind(), Kind::NotFound);
        server.delete_memory(&account(), &memory, None, None).await.unwrap();
        for _ in 0..50 {
            calm().await;
        }
        for space in ["memory-documents", "memory-document-pieces", "memory-records"] {
            assert_eq!(server.world.rows(space).await, [], "{space}");
        }
        assert!(!claimed(&*server.world.store, &other.digest).await.unwrap());
    });
}

#[test]
fn what_cannot_be_kept_is_refused_and_changes_nothing() {
    let world = World::new();
    world.live(async |server| {
        let memory = server.create_memory(new_memory("notes")).await.unwrap().id;
        server.put(&memory, "guide.md", GUIDE).await;
        let refused = async |document: NewDocument| {
            let fault = server.put_document(&account(), &memory, document).await.unwrap_err();
            assert!(matches!(fault.kind(), Kind::Validation { .. }), "{fault:?}");
            fault.message().to_owned()
        };
        assert!(refused(new("guide.md", " \n ")).await.contains("no text"));
        let pdf = NewDocument { format: Format::Pdf, ..new("guide.md", "%PDF-1.4 no") };
        assert!(refused(pdf).await.contains("no valid pdf"));
        let reserved = RecordMetadata::from([("x-freehold-document".to_owned(), text("forged"))]);
        refused(NewDocument { metadata: reserved, ..new("guide.md", GUIDE) }).await;
        assert_eq!(server.texts(&memory).await.len(), 2);
        for bad in ["", "a\nb", &"x".repeat(257)] {
            assert!(DocumentName::parse(bad).is_err());
        }
        let nowhere = MemoryId::parse("other-0123456789").unwrap();
        let fault = server.put_document(&account(), &nowhere, new("a", GUIDE)).await.unwrap_err();
        assert_eq!(*fault.kind(), Kind::NotFound);
    });
}

#[test]
fn a_document_is_there_as_a_whole_or_not_at_all_wherever_a_server_is_killed() {
    let (old, new) = (["Old."], ["A\n\nOne.", "B\n\nTwo."]);
    let mut steps = 0;
    loop {
        let world = World::new();
        let memory = world.live(async |server| {
            let memory = server.filterable().await;
            server.put(&memory, "guide.md", "Old.").await;
            calm().await;
            memory
        });
        let (acknowledged, finished) = world.live_until_killed(async |server| {
            let died = world.store.die_after(steps);
            let mut acknowledged = false;
            let story = async {
                server.put(&memory, "guide.md", "# A\nOne.\n# B\nTwo.").await;
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
            calm().await;
            let texts = server.texts(&memory).await;
            assert!(texts == new || (!acknowledged && texts == old), "after {steps} steps: {texts:?}");
            let mut found: Vec<String> = server
                .find(&memory, "old one two", below("/"))
                .await
                .records
                .into_iter()
                .map(|(record, _)| record.text)
                .collect();
            found.sort();
            assert_eq!(found, texts, "after {steps} steps");
        });
        if finished {
            assert!(steps > 15, "the story takes some steps: {steps}");
            return;
        }
        steps += 1;
    }
}
