//! What is no possible memory.

use fault::Kind;
use ids::AccountId;
use memory::memories::NewMemory;
use memory::model::{
    IndexedKey, KeyType, NamespaceKey, SchemaEntry, SchemaExtraction, SchemaRule, Steps, StrategyKind,
};

use super::{episodes, facts, new_memory, new_strategy, template};
use crate::world::World;

/// Which members are at fault when this is asked for; none if it is accepted.
fn faults(change: impl FnOnce(&mut NewMemory)) -> Vec<String> {
    let mut new = new_memory("notes");
    change(&mut new);
    World::new().live(async |server| match server.create_memory(new).await {
        Ok(_) => {
            assert_eq!(server.list_memories(&AccountId::default(), None, 9).await.unwrap().len(), 1);
            Vec::new()
        }
        Err(fault) => {
            assert!(server.list_memories(&AccountId::default(), None, 9).await.unwrap().is_empty());
            let Kind::Validation { fields, .. } = fault.kind() else { panic!("{fault}") };
            fields.iter().map(|field| field.name.clone()).collect()
        }
    })
}

fn indexed(key: &str, kind: KeyType) -> IndexedKey {
    IndexedKey { key: key.to_owned(), kind }
}

fn strict(key: &str, kind: Option<KeyType>) -> SchemaEntry {
    SchemaEntry { key: key.to_owned(), kind, extraction: SchemaExtraction::StrictlyConsistent }
}

fn inferred(key: &str, kind: KeyType, rule: Option<SchemaRule>) -> SchemaEntry {
    let extraction =
        SchemaExtraction::Inferred { definition: Some("what it is".to_owned()), instruction: None, rule };
    SchemaEntry { key: key.to_owned(), kind: Some(kind), extraction }
}

#[test]
fn numbers_of_things() {
    assert_eq!(faults(|new| new.event_expiry_days = 2), ["eventExpiryDuration"]);
    assert_eq!(faults(|new| new.event_expiry_days = 3651), ["eventExpiryDuration"]);
    assert_eq!(faults(|new| new.event_expiry_days = 3), [""; 0]);
    let keys =
        |count: usize| (0..count).map(|number| indexed(&format!("k{number}"), KeyType::Number)).collect();
    assert_eq!(faults(|new| new.indexed_keys = keys(10)), [""; 0]);
    assert_eq!(faults(|new| new.indexed_keys = keys(11)), ["indexedKeys"]);
}

#[test]
fn names_are_unique() {
    assert_eq!(faults(|new| new.strategies = vec![facts("same"), facts("same")]), ["memoryStrategies"]);
    let twice = vec![indexed("k", KeyType::String), indexed("k", KeyType::Number)];
    assert_eq!(faults(|new| new.indexed_keys = twice), ["indexedKeys"]);
    let reserved = vec![indexed("x-amz-agentcore-memory-createdAt", KeyType::String)];
    assert_eq!(faults(|new| new.indexed_keys = reserved), ["indexedKeys"]);
}

#[test]
fn templates_have_known_variables() {
    let with = |text: &str, keys: &[&str]| {
        let mut strategy = facts("facts");
        strategy.namespace = Some(template(text));
        let keys: Vec<NamespaceKey> = keys
            .iter()
            .map(|key| NamespaceKey { key: (*key).to_owned(), allowed_values: vec![], pattern: None })
            .collect();
        faults(|new| {
            new.strategies.push(strategy);
            new.namespace_keys = keys;
        })
    };
    assert_eq!(with("/{actorId}/{sessionId}/{memoryStrategyId}", &[]), [""; 0]);
    assert_eq!(with("/{team}", &["team"]), [""; 0]);
    assert_eq!(with("/{team}", &["other"]), ["memoryStrategies[facts].namespaceTemplates[0]"]);
}

#[test]
fn namespace_keys_have_patterns_that_can_be_matched() {
    let key = |pattern: &str, allowed: &[&str]| {
        let allowed_values = allowed.iter().map(ToString::to_string).collect();
        let key = NamespaceKey { key: "team".to_owned(), allowed_values, pattern: Some(pattern.to_owned()) };
        faults(|new| new.namespace_keys = vec![key])
    };
    assert_eq!(key("[a-z]+", &["blue"]), [""; 0]);
    assert_eq!(key("(", &[]), ["namespaceKeys[team].validation.regexPattern"]);
    assert_eq!(key("(a{1000}){1000}", &[]), ["namespaceKeys[team].validation.regexPattern"]);
    assert_eq!(key("[a-z]", &["blue"]), ["namespaceKeys[team].validation.allowedValues"]);
}

#[test]
fn reflections_are_where_their_episodes_are_or_above() {
    for (namespace, reflections) in [
        ("/a/{actorId}/b", "/a/{actorId}/b"),
        ("/a/{actorId}/b", "/a/{actorId}"),
        ("/a/b", "/a/"),
        ("/a/b", "/"),
    ] {
        assert_eq!(
            faults(|new| new.strategies = vec![episodes(namespace, reflections)]),
            [""; 0],
            "{reflections}"
        );
    }
    for (namespace, reflections) in
        [("/a/{actorId}", "/a/{actorId}/b"), ("/ab", "/a"), ("/a/{actorId}", "/a/{sessionId}")]
    {
        assert_eq!(
            faults(|new| new.strategies = vec![episodes(namespace, reflections)]),
            ["memoryStrategies[episodes].reflectionConfiguration.namespaceTemplates[0]"],
            "{reflections}"
        );
    }
}

#[test]
fn strictly_consistent_keys() {
    const AT: &str = "memoryStrategies[s].memoryRecordSchema.metadataSchema";
    let with = |kind: StrategyKind, schema: Vec<SchemaEntry>| {
        let mut strategy = new_strategy("s", kind);
        strategy.schema = schema;
        faults(|new| {
            new.indexed_keys =
                ["a", "b", "c", "d"].map(|key| indexed(key, KeyType::String)).into_iter().collect();
            new.indexed_keys.push(indexed("n", KeyType::Number));
            new.strategies.push(strategy);
        })
    };
    let semantic = || StrategyKind::Semantic(Steps::default());
    let summary = || StrategyKind::Summary(Steps::default());
    let some = |keys: &[&str]| keys.iter().map(|key| strict(key, Some(KeyType::String))).collect::<Vec<_>>();
    assert_eq!(with(semantic(), some(&["a", "b", "c"])), [""; 0]);
    assert_eq!(with(semantic(), vec![strict("a", None)]), [""; 0]);
    assert_eq!(with(semantic(), some(&["a", "b", "c", "d"])), [AT]);
    assert_eq!(with(semantic(), some(&["unindexed"])), [format!("{AT}[unindexed]")]);
    assert_eq!(with(semantic(), vec![strict("n", Some(KeyType::Number))]), [format!("{AT}[n].type")]);
    assert_eq!(with(summary(), some(&["a"])), [format!("{AT}[a].extractionType")]);
}

#[test]
fn rules_of_inferred_keys_fit_their_types() {
    const AT: &str = "memoryStrategies[facts].memoryRecordSchema.metadataSchema";
    let with = |entries: Vec<SchemaEntry>| {
        let mut strategy = facts("facts");
        strategy.schema = entries;
        faults(|new| new.strategies.push(strategy))
    };
    let range = |min, max| Some(SchemaRule::Number { min: Some(min), max: Some(max) });
    let text = || Some(SchemaRule::Text { allowed: vec!["high".to_owned()] });
    let validation = |key: &str| format!("{AT}[{key}].extractionConfig.llmExtractionConfig.validation");
    assert_eq!(with(vec![inferred("n", KeyType::Number, range(1.0, 2.0))]), [""; 0]);
    assert_eq!(with(vec![inferred("n", KeyType::Number, range(2.0, 1.0))]), [validation("n")]);
    assert_eq!(with(vec![inferred("t", KeyType::String, text())]), [""; 0]);
    assert_eq!(with(vec![inferred("t", KeyType::StringList, text())]), [validation("t")]);
    let same = || inferred("t", KeyType::String, None);
    assert_eq!(with(vec![same(), same()]), [format!("{AT}[t]")]);
    assert_eq!(
        with(vec![inferred("x-amz-agentcore-memory-recordType", KeyType::String, None)]),
        [format!("{AT}[x-amz-agentcore-memory-recordType]")]
    );
}

#[test]
fn records_of_a_strategy_stay_for_a_month_at_least() {
    for (days, refused) in [(30, true), (31, false)] {
        let mut strategy = facts("facts");
        strategy.record_expiry_days = Some(days);
        let found = faults(|new| new.strategies.push(strategy));
        assert_eq!(found.is_empty(), !refused, "{days}: {found:?}");
    }
}
