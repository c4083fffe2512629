//! Filters.

use fault::{Fault, Kind};
use memory::metadata::{CREATED_AT, Condition, Operator, RECORD_TYPE};
use memory::model::RecordValue;
use memory::records::{RecordQuery, Retrieval};
use proptest::prelude::*;
use stdx::Timestamp;

use super::{Remembering, account, below, found, record, text, texts, with};
use crate::world::{BEGINNING, World};

fn condition(key: &str, operator: Operator, value: Option<RecordValue>) -> Condition {
    Condition { key: key.to_owned(), operator, value }
}

fn where_all(conditions: Vec<Condition>) -> RecordQuery {
    RecordQuery { conditions, ..below("/") }
}

fn number(number: f64) -> RecordValue {
    RecordValue::Number(number)
}

#[test]
fn conditions_hold_in_listings_and_searches_alike() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        let tags = |tags: &[&str]| RecordValue::Texts(tags.iter().map(ToString::to_string).collect());
        let records = vec![
            with(with(record("/a", "tea one"), "topic", text("drinks")), "weight", number(1.0)),
            with(with(record("/a", "tea two"), "topic", text("food")), "weight", number(2.0)),
            with(record("/a", "tea three"), "tags", tags(&["hot", "green"])),
        ];
        server.write(&memory, records).await;
        let later = RecordValue::Instant(Timestamp::from_millis(BEGINNING.as_millis() + 1));
        for (conditions, expected) in [
            (vec![condition("topic", Operator::EqualsTo, Some(text("drinks")))], vec!["tea one"]),
            (vec![condition("topic", Operator::Exists, None)], vec!["tea one", "tea two"]),
            (vec![condition("topic", Operator::NotExists, None)], vec!["tea three"]),
            (vec![condition("tags", Operator::Contains, Some(text("green")))], vec!["tea three"]),
            (vec![condition("tags", Operator::Contains, Some(text("gre")))], vec![]),
            (vec![condition("weight", Operator::GreaterThan, Some(number(1.0)))], vec!["tea two"]),
            (vec![condition("weight", Operator::LessThanOrEquals, Some(number(1.0)))], vec!["tea one"]),
            (vec![condition("weight", Operator::EqualsTo, Some(number(2.0)))], vec!["tea two"]),
            (
                vec![condition(RECORD_TYPE, Operator::EqualsTo, Some(text("BASE")))],
                vec!["tea one", "tea two", "tea three"],
            ),
            (
                vec![condition(CREATED_AT, Operator::Before, Some(later.clone()))],
                vec!["tea one", "tea two", "tea three"],
            ),
            (vec![condition(CREATED_AT, Operator::After, Some(later.clone()))], vec![]),
            (
                vec![
                    condition("topic", Operator::Exists, None),
                    condition("weight", Operator::LessThan, Some(number(2.0))),
                ],
                vec!["tea one"],
            ),
        ] {
            let query = where_all(conditions);
            let sorted = |mut texts: Vec<&str>| {
                texts.sort_unstable();
                texts.into_iter().map(str::to_owned).collect::<Vec<_>>()
            };
            let listed = server.all(&memory, &query, 2).await;
            assert_eq!(sorted(texts(&listed)), sorted(expected.clone()), "{query:?}");
            let searched = server.find(&memory, "tea", query.clone()).await;
            assert_eq!(sorted(found(&searched)), sorted(expected), "{query:?}");
        }
    });
}

#[test]
fn what_cannot_be_asked() {
    World::new().live(async |server| {
        let memory = server.filterable().await;
        for refused in [
            vec![condition("unindexed", Operator::Exists, None)],
            vec![condition("x-freehold-strategy", Operator::Exists, None)],
            vec![condition("topic", Operator::EqualsTo, None)],
            vec![condition("topic", Operator::EqualsTo, Some(number(1.0)))],
            vec![condition("topic", Operator::GreaterThan, Some(text("a")))],
            vec![condition("topic", Operator::Contains, Some(text("a")))],
            vec![condition("tags", Operator::EqualsTo, Some(text("a")))],
            vec![condition("weight", Operator::Before, Some(number(1.0)))],
            vec![condition(CREATED_AT, Operator::EqualsTo, Some(RecordValue::Instant(BEGINNING)))],
            vec![condition("topic", Operator::Exists, None); 6],
        ] {
            let query = where_all(refused);
            let listed = server.list_records(&account(), &memory, &query, None, 9).await.unwrap_err();
            let member = |fault: &Fault| match fault.kind() {
                Kind::Validation { fields, .. } => fields[0].name.clone(),
                _ => panic!("{query:?}: {fault}"),
            };
            let named = member(&listed);
            assert!(named.starts_with("metadataFilters"), "{named}");
            let retrieval = Retrieval { text: "tea".to_owned(), among: query.clone(), best: 9 };
            let searched =
                server.retrieve_records(&account(), &memory, &retrieval, None, 9).await.unwrap_err();
            assert_eq!(member(&searched), format!("searchCriteria.{named}"));
        }
    });
}

fn any_number() -> impl Strategy<Value = f64> {
    (-3_i8..=3).prop_map(f64::from)
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let words = prop::sample::select(vec!["a", "b", "c"]);
    prop_oneof![
        words.clone().prop_map(|word| condition("topic", Operator::EqualsTo, Some(text(word)))),
        words.prop_map(|word| condition("tags", Operator::Contains, Some(text(word)))),
        any_number().prop_map(|bound| condition("weight", Operator::GreaterThan, Some(number(bound)))),
        any_number().prop_map(|bound| condition(
            "weight",
            Operator::GreaterThanOrEquals,
            Some(number(bound))
        )),
        any_number().prop_map(|bound| condition("weight", Operator::LessThan, Some(number(bound)))),
        any_number().prop_map(|bound| condition("weight", Operator::EqualsTo, Some(number(bound)))),
        prop::sample::select(vec!["topic", "tags", "weight"]).prop_map(|key| condition(
            key,
            Operator::Exists,
            None
        )),
        prop::sample::select(vec!["topic", "tags", "weight"]).prop_map(|key| condition(
            key,
            Operator::NotExists,
            None
        )),
    ]
}

/// A record's topic, tags and weight.
type Model = (Option<&'static str>, Vec<&'static str>, Option<f64>);

fn any_record() -> impl Strategy<Value = Model> {
    let word = || prop::sample::select(vec!["a", "b", "c"]);
    (prop::option::of(word()), prop::collection::vec(word(), 0..3), prop::option::of(any_number()))
}

/// What a condition means, said once more and as simply as can be.
fn holds((topic, tags, weight): &Model, condition: &Condition) -> bool {
    let there = match condition.key.as_str() {
        "topic" => topic.is_some(),
        "tags" => !tags.is_empty(),
        _ => weight.is_some(),
    };
    match (condition.operator, &condition.value) {
        (Operator::Exists, _) => there,
        (Operator::NotExists, _) => !there,
        (Operator::EqualsTo, Some(RecordValue::Text(word))) => *topic == Some(word.as_str()),
        (Operator::Contains, Some(RecordValue::Text(word))) => tags.contains(&word.as_str()),
        (operator, Some(RecordValue::Number(bound))) => weight.is_some_and(|weight| match operator {
            Operator::GreaterThan => weight > *bound,
            Operator::GreaterThanOrEquals => weight >= *bound,
            Operator::LessThan => weight < *bound,
            _ => (weight - bound).abs() < f64::EPSILON,
        }),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn filters_are_what_a_simple_model_says(
        records in prop::collection::vec(any_record(), 0..12),
        conditions in prop::collection::vec(any_condition(), 0..4),
        size in 1_usize..5,
    ) {
        let (listed, searched) = World::new().live(async |server| {
            let memory = server.filterable().await;
            let new = records.iter().enumerate().map(|(at, (topic, tags, weight))| {
                let mut new = record("/a", &format!("word {at}"));
                if let Some(topic) = topic {
                    new = with(new, "topic", text(topic));
                }
                if !tags.is_empty() {
                    let tags = tags.iter().map(ToString::to_string).collect();
                    new = with(new, "tags", RecordValue::Texts(tags));
                }
                if let Some(weight) = weight {
                    new = with(new, "weight", number(*weight));
                }
                new
            });
            server.write(&memory, new.collect()).await;
            let query = where_all(conditions.clone());
            let listed = server.all(&memory, &query, size).await;
            let searched = server.find(&memory, "word", query).await;
            let sorted = |mut texts: Vec<&str>| {
                texts.sort_unstable();
                texts.into_iter().map(str::to_owned).collect::<Vec<_>>()
            };
            (sorted(texts(&listed)), sorted(found(&searched)))
        });
        let expected = records.iter().enumerate().filter(|(_, record)| {
            conditions.iter().all(|condition| holds(record, condition))
        });
        let mut expected: Vec<String> = expected.map(|(at, _)| format!("word {at}")).collect();
        expected.sort_unstable();
        prop_assert_eq!(&listed, &expected);
        prop_assert_eq!(&searched, &expected);
    }
}
