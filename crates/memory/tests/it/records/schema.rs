//! What is written directly, held against the schema of its strategy.

use memory::memories::NewMemory;
use memory::model::{
    IndexedKey, KeyType, RecordMetadata, RecordValue, SchemaEntry, SchemaExtraction, SchemaRule,
};
use memory::records::{NewRecord, RecordUpdate};
use proptest::prelude::*;

use super::{Remembering, account, at, record, text, update, with};
use crate::resources::{facts, new_memory};
use crate::world::World;

fn entry(key: &str, kind: Option<KeyType>, rule: Option<SchemaRule>) -> SchemaEntry {
    let extraction =
        SchemaExtraction::Inferred { definition: Some("what it is".to_owned()), instruction: None, rule };
    SchemaEntry { key: key.to_owned(), kind, extraction }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn texts(texts: &[&str]) -> RecordValue {
    RecordValue::Texts(words(texts))
}

/// A memory whose one strategy says what each key has to be.
fn strict() -> NewMemory {
    let mut strategy = facts("facts");
    let allowed = words(&["calm", "glad"]);
    strategy.schema = vec![
        entry("mood", Some(KeyType::String), Some(SchemaRule::Text { allowed })),
        entry("tags", Some(KeyType::StringList), {
            Some(SchemaRule::Texts { allowed: words(&["a", "b", "c"]), at_most: Some(2) })
        }),
        entry("level", Some(KeyType::Number), Some(SchemaRule::Number { min: Some(0.0), max: Some(5.0) })),
        entry("free", None, None),
        entry("team", None, None),
    ];
    NewMemory {
        strategies: vec![strategy],
        indexed_keys: vec![IndexedKey { key: "team".to_owned(), kind: KeyType::Number }],
        ..new_memory("notes")
    }
}

/// What is said of records with these values; nothing of those that were written.
fn said(values: Vec<(&str, RecordValue)>) -> Vec<Option<String>> {
    World::new().live(async |server| {
        let memory = server.create_memory(strict()).await.unwrap();
        let new = |(key, value)| NewRecord {
            strategy: Some(memory.strategies[0].id.to_string()),
            ..with(record("/a", "some"), key, value)
        };
        let records: Vec<NewRecord> = values.into_iter().map(new).collect();
        let outcomes = server.create_records(&account(), &memory.id, records, None, None).await.unwrap();
        let written = outcomes.iter().filter(|outcome| outcome.failure.is_none()).count();
        assert_eq!(server.all(&memory.id, &at("/a"), 100).await.len(), written);
        let failures = outcomes.into_iter().map(|outcome| outcome.failure);
        let message = |failure: memory::records::Failure| {
            assert_eq!(failure.code, 400);
            failure.message
        };
        failures.map(|failure| failure.map(message)).collect()
    })
}

#[test]
fn a_value_that_the_schema_does_not_allow_is_refused_and_the_answer_says_why() {
    let refused = |text: &str| Some(text.to_owned());
    let number = RecordValue::Number;
    let cases = [
        ("mood", text("glad"), None),
        ("mood", text("Glad"), refused("metadata.mood: must be one of calm, glad")),
        ("tags", texts(&["a", "c"]), None),
        ("tags", texts(&["a", "d"]), refused("metadata.tags: must be of a, b, c")),
        ("tags", texts(&["a", "b", "c"]), refused("metadata.tags: must be at most 2")),
        ("level", number(5.0), None),
        ("level", number(-0.5), refused("metadata.level: must be at least 0")),
        ("level", number(5.5), refused("metadata.level: must be at most 5")),
        ("free", text("anything"), None),
        ("team", number(7.0), None),
        ("other", number(7.0), None),
    ];
    let values = cases.iter().map(|(key, value, _)| (*key, value.clone())).collect();
    let expected: Vec<_> = cases.into_iter().map(|(_, _, expected)| expected).collect();
    assert_eq!(said(values), expected);
}

#[test]
fn a_value_of_another_type_is_refused() {
    let values = vec![
        ("mood", texts(&["glad"])),
        ("tags", text("a")),
        ("level", text("5")),
        ("free", RecordValue::Number(1.0)),
        ("team", text("blue")),
    ];
    let wants = |key: &str, wanted: &str, given: &str| {
        Some(format!("metadata.{key}: the strategy's schema wants a {wanted}, and this is a {given}"))
    };
    assert_eq!(
        said(values),
        [
            wants("mood", "stringValue", "stringListValue"),
            wants("tags", "stringListValue", "stringValue"),
            wants("level", "numberValue", "stringValue"),
            wants("free", "stringValue", "numberValue"),
            wants("team", "numberValue", "stringValue"),
        ]
    );
}

#[test]
fn a_change_is_held_against_the_schema_too_but_only_of_a_named_strategy() {
    World::new().live(async |server| {
        let memory = server.create_memory(strict()).await.unwrap();
        let ids = server.write(&memory.id, vec![record("/a", "one"), record("/a", "two")]).await;
        let angry: RecordMetadata = [("mood".to_owned(), text("angry"))].into();
        let strategy = Some(memory.strategies[0].id.to_string());
        let changes = [
            RecordUpdate { metadata: Some(angry.clone()), strategy, ..update(&ids[0]) },
            RecordUpdate { metadata: Some(angry.clone()), ..update(&ids[1]) },
        ];
        let outcomes = server.update_records(&account(), &memory.id, &changes, None).await.unwrap();
        let refused = outcomes[0].failure.as_ref().unwrap();
        assert_eq!(refused.message, "metadata.mood: must be one of calm, glad");
        assert_eq!(outcomes[1].failure, None);
        let metadata = async |at: usize| {
            server.get_record(&account(), &memory.id, &ids[at], None).await.unwrap().metadata
        };
        assert_eq!((metadata(0).await, metadata(1).await), (RecordMetadata::new(), angry));
    });
}

fn any_value() -> impl Strategy<Value = RecordValue> {
    let word = prop::sample::select(vec!["a", "b", "c", "calm", "glad", "d"]);
    let some = prop::collection::vec(word.clone(), 1..4);
    prop_oneof![
        word.prop_map(text),
        some.prop_map(|some| texts(&some)),
        (-2_i8..8).prop_map(|number| RecordValue::Number(f64::from(number))),
    ]
}

/// The schema in other words.
fn fits(key: &str, value: &RecordValue) -> bool {
    match (key, value) {
        ("mood", RecordValue::Text(text)) => ["calm", "glad"].contains(&text.as_str()),
        ("tags", RecordValue::Texts(texts)) => {
            texts.len() <= 2 && texts.iter().all(|text| ["a", "b", "c"].contains(&text.as_str()))
        }
        ("level", RecordValue::Number(number)) => (0.0..=5.0).contains(number),
        ("free", RecordValue::Text(_)) | ("team", RecordValue::Number(_)) | ("other", _) => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn exactly_what_fits_the_schema_is_written(
        values in prop::collection::vec(
            (prop::sample::select(vec!["mood", "tags", "level", "free", "team", "other"]), any_value()),
            1..20,
        ),
    ) {
        let expected: Vec<bool> = values.iter().map(|(key, value)| fits(key, value)).collect();
        let written: Vec<bool> = said(values).iter().map(Option::is_none).collect();
        prop_assert_eq!(written, expected);
    }
}
