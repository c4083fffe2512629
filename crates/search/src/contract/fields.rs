//! Conditions hold of the values that they speak of, and of nothing else.

use super::{Open, document, name, words};
use crate::{Document, Filter, Test, Value};

pub(super) async fn all(open: Open<'_>) {
    conditions_hold_of_their_kind(open).await;
    all_conditions_must_hold(open).await;
    names_and_values_are_literal(open).await;
}

/// Documents named after what their field `f` is.
fn documents() -> Vec<Document> {
    let text = |text: &str| Value::Text(text.to_owned());
    let texts = |texts: &[&str]| Value::Texts(texts.iter().copied().map(str::to_owned).collect());
    vec![
        document("none", "word"),
        document("text a", "word").with("f", text("a")),
        document("text 1", "word").with("f", text("1")),
        document("texts a b", "word").with("f", texts(&["a", "b"])),
        document("texts a", "word").with("f", texts(&["a"])),
        document("texts", "word").with("f", texts(&[])),
        document("number -2.5", "word").with("f", Value::Number(-2.5)),
        document("number 0", "word").with("f", Value::Number(-0.0)),
        document("number 1", "word").with("f", Value::Number(1.0)),
        document("number 9e300", "word").with("f", Value::Number(9e300)),
        document("instant -1", "word").with("f", Value::Instant(-1)),
        document("instant 1", "word").with("f", Value::Instant(1)),
        document("instant 2", "word").with("f", Value::Instant(2)),
        document("other", "word").with("g", text("a")).with("ff", Value::Number(1.0)),
    ]
}

fn cases() -> Vec<(Test, &'static [&'static str])> {
    let text = |text: &str| Value::Text(text.to_owned());
    let texts = Value::Texts(vec!["a".to_owned(), "b".to_owned()]);
    vec![
        (Test::Equals(text("a")), &["text a"]),
        (Test::Equals(text("A")), &[]),
        (Test::Equals(text("1")), &["text 1"]),
        (Test::Equals(texts), &["texts a b"]),
        (Test::Equals(Value::Number(1.0)), &["number 1"]),
        (Test::Equals(Value::Number(0.0)), &["number 0"]),
        (Test::Equals(Value::Number(f64::NAN)), &[]),
        (Test::Equals(Value::Instant(1)), &["instant 1"]),
        (Test::Contains("a".to_owned()), &["texts a", "texts a b"]),
        (Test::Contains("b".to_owned()), &["texts a b"]),
        (Test::Contains("ab".to_owned()), &[]),
        (Test::Absent, &["none", "other"]),
        (Test::Greater(-2.5), &["number 0", "number 1", "number 9e300"]),
        (Test::GreaterOrEqual(0.0), &["number 0", "number 1", "number 9e300"]),
        (Test::Greater(0.0), &["number 1", "number 9e300"]),
        (Test::Less(1.0), &["number -2.5", "number 0"]),
        (Test::LessOrEqual(1.0), &["number -2.5", "number 0", "number 1"]),
        (Test::Less(f64::NEG_INFINITY), &[]),
        (Test::Greater(f64::NAN), &[]),
        (Test::Before(2), &["instant -1", "instant 1"]),
        (Test::Before(i64::MIN), &[]),
        (Test::After(-1), &["instant 1", "instant 2"]),
        (Test::After(i64::MAX), &[]),
    ]
}

async fn conditions_hold_of_their_kind(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    subject.put(&here, documents()).await;
    for (test, expected) in cases() {
        let filter = Filter { field: "f".to_owned(), test };
        let found = subject.set(&here, words("word").filtered(filter.clone())).await;
        assert_eq!(found, expected, "{filter:?}");
    }
    let there = Filter { field: "f".to_owned(), test: Test::Exists };
    assert_eq!(subject.ids(&here, words("word").filtered(there)).await.len(), documents().len() - 2);
}

async fn all_conditions_must_hold(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let numbered = |at: i32| {
        let parity = if at % 2 == 0 { "even" } else { "odd" };
        document(&format!("{at:02}"), "word")
            .with("number", Value::Number(at.into()))
            .with("parity", Value::Text(parity.to_owned()))
            .with("at", Value::Instant(i64::from(at) * 1_000))
    };
    subject.put(&here, (0..20).map(numbered)).await;
    let filter = |field: &str, test| Filter { field: field.to_owned(), test };
    let query = words("word")
        .filtered(filter("parity", Test::Equals(Value::Text("odd".to_owned()))))
        .filtered(filter("number", Test::Greater(3.0)))
        .filtered(filter("at", Test::Before(11_000)));
    assert_eq!(subject.set(&here, query.clone()).await, ["05", "07", "09"]);
    let nothing = query.filtered(filter("number", Test::LessOrEqual(4.0)));
    assert!(subject.ids(&here, nothing).await.is_empty());
}

async fn names_and_values_are_literal(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let names = ["a", "a.b", "a\\.b", "a\u{0}b", "", "*", "x:y", "\"", "ä", "🦀"];
    let long = "long ".repeat(20_000);
    let values = ["v", "", "v\u{0}", "*", "v OR w", &long];
    let id = |name: &str, value: &str| format!("{name}={value:.9}");
    for field in names {
        let put = values
            .map(|value| document(&id(field, value), "word").with(field, Value::Text(value.to_owned())));
        subject.put(&here, put).await;
    }
    for field in names {
        for value in values {
            let test = Test::Equals(Value::Text(value.to_owned()));
            let query = words("word").filtered(Filter { field: field.to_owned(), test });
            assert_eq!(subject.ids(&here, query).await, [id(field, value)]);
        }
    }
}
