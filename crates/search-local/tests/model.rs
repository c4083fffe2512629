//! Random changes and questions, compared with the engine that compares with everything.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use inference::{EmbedderId, Embedding};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use search::{
    Change, CollectionName, Document, Filter, Found, MemoryIndex, Query, Scope, SearchIndex as _, Test, Value,
};
use search_local::{LocalSearch, Options};

const CASES: u32 = 24;

#[derive(Clone, Debug)]
enum Step {
    Write(Vec<Change>),
    Ask(Vec<Query>),
    Reopen,
}

fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8"]);
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

fn place() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "/a", "/a/", "/a/b", "/ab", "/b/a"]).prop_map(str::to_owned)
}

fn vector() -> impl Strategy<Value = Embedding> {
    prop::collection::vec(-1.0_f32..1.0, 5).prop_filter_map("too short", |mut vector| {
        let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|number| *number /= length);
        let embedder = Arc::new(EmbedderId { model: "m".to_owned(), dimension: 5 });
        (length > 0.1).then_some(Embedding { embedder, vector })
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        prop::sample::select(vec!["x", "y"]).prop_map(|text| Value::Text(text.to_owned())),
        prop::collection::vec(prop::sample::select(vec!["x", "y"]).prop_map(str::to_owned), 0..3)
            .prop_map(Value::Texts),
        (-3_i32..3).prop_map(|number| Value::Number(f64::from(number) / 2.0)),
        (-3_i64..3).prop_map(Value::Instant),
    ]
}

fn field() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["f", "g"]).prop_map(str::to_owned)
}

fn change() -> impl Strategy<Value = Change> {
    let id = (0..12_u8).prop_map(|id| format!("d{id}"));
    let document = (id.clone(), text(), prop::option::weighted(0.8, vector()), place());
    let document = (document, prop::collection::btree_map(field(), value(), 0..3));
    prop_oneof![
        4 => document.prop_map(|((id, text, vector, place), fields)| {
            Change::Put(Document { id, text, vector, place, fields })
        }),
        1 => id.prop_map(Change::Remove),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let number = || (-3_i32..3).prop_map(|number| f64::from(number) / 2.0);
    let test = prop_oneof![
        value().prop_map(Test::Equals),
        Just(Test::Contains("x".to_owned())),
        Just(Test::Exists),
        Just(Test::Absent),
        number().prop_map(Test::Greater),
        number().prop_map(Test::GreaterOrEqual),
        number().prop_map(Test::Less),
        number().prop_map(Test::LessOrEqual),
        (-3_i64..3).prop_map(Test::Before),
        (-3_i64..3).prop_map(Test::After),
    ];
    (field(), test).prop_map(|(field, test)| Filter { field, test })
}

fn query() -> impl Strategy<Value = Query> {
    let scope = prop_oneof![Just(Scope::All), place().prop_map(Scope::At), place().prop_map(Scope::Below)];
    (text(), prop::option::of(vector()), scope, prop::collection::vec(filter(), 0..2))
        .prop_map(|(text, vector, scope, filters)| Query { text, vector, scope, filters, limit: 100 })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(change(), 1..8).prop_map(Step::Write),
        4 => prop::collection::vec(query(), 1..12).prop_map(Step::Ask),
        1 => Just(Step::Reopen),
    ]
}

fn open(directory: &Path) -> LocalSearch {
    LocalSearch::open(Options::new(directory)).unwrap()
}

async fn play(steps: Vec<Step>) {
    let directory = tempfile::tempdir().unwrap();
    let (mut ours, model) = (open(directory.path()), MemoryIndex::new());
    let here = CollectionName::parse("here").unwrap();
    for step in steps {
        match step {
            Step::Write(changes) => {
                model.write(&here, changes.clone()).await.unwrap();
                ours.write(&here, changes).await.unwrap();
            }
            Step::Ask(queries) => {
                for query in queries {
                    let expected = model.search(&here, query.clone()).await.unwrap();
                    let found = ours.search(&here, query.clone()).await.unwrap();
                    compare(&found, &expected, &query);
                }
            }
            Step::Reopen => {
                ours.close().await;
                ours = open(directory.path());
            }
        }
        let counts = |info: Option<search::CollectionInfo>| {
            info.map(|info| (info.documents, info.vectors, info.embedder))
        };
        assert_eq!(counts(ours.describe(&here).await.unwrap()), counts(model.describe(&here).await.unwrap()));
    }
    ours.close().await;
}

/// The same documents; by meaning alone in the same order, too, with the same scores.
fn compare(found: &Found, expected: &Found, query: &Query) {
    assert_eq!(found.mode, expected.mode, "{query:?}");
    let scores = |found: &Found| -> BTreeMap<String, f64> {
        found.hits.iter().map(|hit| (hit.id.clone(), hit.score)).collect()
    };
    let (ours, theirs) = (scores(found), scores(expected));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>(), "{query:?}");
    if found.mode == search::Mode::Vector {
        for (id, score) in &ours {
            assert!((score - theirs[id]).abs() < 1e-5, "{id} {score} {} {query:?}", theirs[id]);
        }
    }
}

#[test]
fn both_find_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner
        .run(&prop::collection::vec(step(), 1..12), |steps| {
            runtime.block_on(play(steps));
            Ok(())
        })
        .unwrap();
}
