//! What must not be mixed, and what a model tells of records.

use memory::model::{IndexedKey, KeyType, RecordValue, SchemaEntry, SchemaExtraction, SchemaRule};

use super::*;
use crate::world::namespace_key;

fn exact(key: &str) -> SchemaEntry {
    let kind = Some(KeyType::String);
    SchemaEntry { key: key.to_owned(), kind, extraction: SchemaExtraction::StrictlyConsistent }
}

fn mood() -> SchemaEntry {
    let rule = SchemaRule::Text { allowed: vec!["calm".to_owned(), "angry".to_owned()] };
    let extraction = SchemaExtraction::Inferred {
        definition: Some("How the user feels".to_owned()),
        instruction: None,
        rule: Some(rule),
    };
    SchemaEntry { key: "mood".to_owned(), kind: Some(KeyType::String), extraction }
}

#[test]
fn events_of_different_values_are_never_mixed() {
    let (world, teacher) = taught(&likes());
    world.live(async |server| {
        let strategy = Strategy { schema: vec![exact("tenant")], ..facts() };
        let memory = server
            .memory(|memory| {
                memory.strategies = vec![strategy];
                memory.indexed_keys = vec![IndexedKey { key: "tenant".to_owned(), kind: KeyType::String }];
            })
            .await;
        let ann = session(&memory, "ann", "monday");
        for tenant in [Some("red"), Some("blue"), None, Some("red")] {
            let metadata = tenant.map(|tenant| ("tenant".to_owned(), tenant.to_owned()));
            let event = said(&ann, Role::User, "I like tea.");
            server.tells(&ann, NewEvent { metadata: metadata.into_iter().collect(), ..event }).await;
        }
        server.pass(IDLE).await;
        let records = server.remembered().await;
        let mut tenants: Vec<_> =
            records.iter().map(|record| record.metadata.get("tenant").cloned()).collect();
        tenants.sort_by_key(|tenant| format!("{tenant:?}"));
        let is = |tenant: &str| Some(RecordValue::Text(tenant.to_owned()));
        assert_eq!(tenants, [None, is("blue"), is("red")]);
        let asked = teacher.asked();
        assert_eq!(asked.len(), 3);
        assert_eq!(asked[0].1.matches("I like tea.").count(), 2, "both of one tenant together");

        server.says(&ann, "I like tea.").await;
        server.pass(IDLE).await;
        assert_eq!(server.remembered().await.len(), 3);
        assert_eq!(teacher.asked().len(), 1, "only what has the same values is compared with");
    });
}

#[test]
fn a_model_tells_metadata_and_only_what_fits_is_kept() {
    let script = reply(
        FACTS,
        "I like (?<what>\\w+)",
        r#"[{"fact": "$what", "metadata": {"mood": "$what", "other": "x"}}]"#,
    );
    let (world, teacher) = taught(&script);
    world.live(async |server| {
        let memory = server.learning(vec![Strategy { schema: vec![mood()], ..facts() }]).await;
        for (actor, word) in [("ann", "Calm"), ("bo", "tea")] {
            server.says(&session(&memory, actor, "monday"), &format!("I like {word}")).await;
            server.pass(IDLE).await;
        }
        let records = server.remembered().await;
        assert_eq!(records[0].metadata["mood"], RecordValue::Text("calm".to_owned()));
        assert_eq!((records[0].metadata.len(), records[1].metadata.len()), (1, 0));
        assert!(teacher.asked()[0].0.contains("How the user feels"));
    });
}

#[test]
fn namespaces_take_what_events_say_of_them() {
    let (world, _) = taught(&likes());
    world.live(async |server| {
        let namespace = Template::parse("/{team}/{actorId}").unwrap();
        let memory = server
            .memory(|memory| {
                memory.strategies = vec![Strategy { namespace, ..facts() }];
                memory.namespace_keys = vec![namespace_key("team", &[])];
            })
            .await;
        let ann = session(&memory, "ann", "monday");
        for team in ["red", "blue"] {
            let variables = [("team".to_owned(), team.to_owned())].into_iter().collect();
            server.tells(&ann, NewEvent { variables, ..said(&ann, Role::User, "I like tea.") }).await;
        }
        server.says(&ann, "I like tea.").await;
        server.pass(IDLE).await;
        let mut places: Vec<_> = server
            .remembered()
            .await
            .into_iter()
            .map(|record| record.namespace.unwrap().to_string())
            .collect();
        places.sort();
        assert_eq!(places, ["/blue/ann", "/red/ann"]);
        let failed = server.failed(&memory).await;
        assert_eq!(failed.len(), 1);
        assert!(failed[0].reason.contains("needs a value for team"), "{}", failed[0].reason);
    });
}
