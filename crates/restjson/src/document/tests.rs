//! Values as they are read and written.

#![expect(unreachable_pub, reason = "the macro defines what API crates export")]

use std::collections::BTreeMap;

use bytes::Bytes;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};
use stdx::Timestamp;

use super::{FromDocument, IntoDocument, Reader};
use crate::rule::{ANY, Pattern, Rule};

crate::enumeration! {
    /// A colour.
    Colour {
        Red = "RED",
        DarkBlue = "dark-blue",
    }
}

fn read<T: FromDocument>(value: Value, rule: &'static Rule) -> Result<T, String> {
    let mut reader = Reader::new();
    let read = T::read(value, rule, &mut reader);
    reader.finish(read).map_err(|fault| fault.message().to_owned())
}

fn check<T: FromDocument + std::fmt::Debug>(value: Value, rule: &'static Rule, expected: &Expect) {
    expected.assert_eq(&format!("{:?}", read::<T>(value, rule)));
}

#[test]
fn numbers() {
    static RULE: Rule = Rule::ANY.min(1.0).max(10.0);
    check::<i32>(json!(5), &RULE, &expect!["Ok(5)"]);
    check::<i32>(json!(5.0), &RULE, &expect!["Ok(5)"]);
    check::<i32>(json!(5.5), &RULE, &expect![[r#"Err(": must be a whole number")"#]]);
    check::<i32>(json!("5"), &RULE, &expect![[r#"Err(": must be a whole number")"#]]);
    check::<i32>(json!(0), &RULE, &expect![[r#"Err(": must be 1 to 10, not 0")"#]]);
    check::<i32>(json!(3_000_000_000_i64), &ANY, &expect![[r#"Err(": must fit in 32 bits")"#]]);
    check::<i64>(json!(i64::MAX), &ANY, &expect!["Ok(9223372036854775807)"]);
    check::<i64>(json!(1e300), &ANY, &expect![[r#"Err(": must be a whole number")"#]]);
    check::<f64>(json!(10), &RULE, &expect!["Ok(10.0)"]);
    check::<f64>(json!("NaN"), &ANY, &expect!["Ok(NaN)"]);
    check::<f64>(json!("NaN"), &RULE, &expect![[r#"Err(": must be within a range, which NaN is not")"#]]);
    check::<f64>(json!("-Infinity"), &RULE, &expect![[r#"Err(": must be 1 to 10, not -inf")"#]]);
}

#[test]
fn texts_are_counted_in_characters() {
    static RULE: Rule = Rule::ANY.min(1.0).max(3.0);
    check::<String>(json!("äöü"), &RULE, &expect![[r#"Ok("äöü")"#]]);
    check::<String>(json!(""), &RULE, &expect![[r#"Err(": must have 1 to 3 characters, not 0")"#]]);
}

#[test]
fn bytes_and_moments() {
    check::<Bytes>(json!("aGk="), &ANY, &expect![[r#"Ok(b"hi")"#]]);
    check::<Bytes>(json!("no!"), &ANY, &expect![[r#"Err(": must be a string in base64")"#]]);
    check::<Timestamp>(json!(1.5), &ANY, &expect!["Ok(Timestamp(1500))"]);
    check::<Timestamp>(json!("1970-01-01T00:00:02Z"), &ANY, &expect!["Ok(Timestamp(2000))"]);
    check::<Timestamp>(
        json!(true),
        &ANY,
        &expect![[r#"Err(": must be a time: seconds since 1970, or a date and time with its zone")"#]],
    );
}

#[test]
fn enums_know_their_texts_only() {
    check::<Colour>(json!("dark-blue"), &ANY, &expect!["Ok(DarkBlue)"]);
    check::<Colour>(json!("Red"), &ANY, &expect![[r#"Err(": must be one of RED dark-blue")"#]]);
    let texts: Vec<_> = Colour::ALL.iter().map(|colour| colour.as_str()).collect();
    assert_eq!(texts, ["RED", "dark-blue"]);
}

#[test]
fn lists_and_maps_hold_their_parts_to_their_rules() {
    static WORD: Pattern = Pattern::regex("[a-z]+");
    static ITEM: Rule = Rule::ANY.pattern(&WORD);
    static LIST: Rule = Rule::ANY.max(2.0).items(&ITEM);
    static MAP: Rule = Rule::ANY.keys(&ITEM).items(&ITEM);
    check::<Vec<String>>(json!(["a", null, "b"]), &ANY, &expect![[r#"Ok(["a", "b"])"#]]);
    check::<Vec<String>>(
        json!(["a", "B"]),
        &LIST,
        &expect![[r#"Err("[1]: must match the pattern [a-z]+")"#]],
    );
    check::<Vec<String>>(
        json!(["a", "b", "c"]),
        &LIST,
        &expect![[r#"Err(": must have at most 2 items, not 3")"#]],
    );
    check::<BTreeMap<String, String>>(
        json!({ "a": "b", "C": "d", "e": "F", "g": null }),
        &MAP,
        &expect![[r#"Err("C: must match the pattern [a-z]+; e: must match the pattern [a-z]+")"#]],
    );
}

#[test]
fn a_long_key_is_not_repeated_whole() {
    let value = json!({ "ä".repeat(100_000): 7 });
    let message = read::<BTreeMap<String, String>>(value, &ANY).unwrap_err();
    assert_eq!(message, format!("{}: must be a string", "ä".repeat(100)));
}

proptest! {
    #[test]
    fn what_is_written_reads_back(
        number in any::<i64>(),
        ratio in any::<f64>().prop_filter("NaN equals nothing", |ratio| !ratio.is_nan()),
        text in "\\PC*",
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        millis in -100_000_000_000_000_i64..100_000_000_000_000,
    ) {
        prop_assert_eq!(read::<i64>(number.into_document(), &ANY), Ok(number));
        prop_assert_eq!(read::<f64>(ratio.into_document(), &ANY), Ok(ratio));
        prop_assert_eq!(read::<String>(text.clone().into_document(), &ANY), Ok(text));
        let bytes = Bytes::from(bytes);
        prop_assert_eq!(read::<Bytes>(bytes.clone().into_document(), &ANY), Ok(bytes));
        let moment = Timestamp::from_millis(millis);
        prop_assert_eq!(read::<Timestamp>(moment.into_document(), &ANY), Ok(moment));
    }
}
