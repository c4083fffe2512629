//! Metadata that a model finds in conversations: how it is asked for, and what of its answer is kept.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::json::Object;
use crate::text::tidy;
use crate::xml;

const LONGEST_TEXT: usize = 256;
const LONGEST_OF_TEXTS: usize = 64;
const MOST_TEXTS: usize = 5;

/// Something that a model is to find.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// What it means.
    pub definition: Option<String>,
    /// How to find it.
    pub instruction: Option<String>,
    /// What it has to be.
    pub rule: Rule,
}

/// What a value has to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// A text.
    Text {
        /// One of these; any if there are none.
        allowed: Vec<String>,
    },
    /// Several texts.
    Texts {
        /// Some of these; any if there are none.
        allowed: Vec<String>,
        /// At most so many.
        at_most: Option<u32>,
    },
    /// A number.
    Number {
        /// Not smaller than this.
        min: Option<f64>,
        /// Not greater than this.
        max: Option<f64>,
    },
}

/// A value that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A number.
    Number(f64),
}

/// What was found, by key.
pub type Metadata = BTreeMap<String, Value>;

/// Where metadata goes in an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Beside the members of each JSON object.
    Member,
    /// In an element of its own.
    Element {
        /// Within which element.
        within: &'static str,
    },
}

/// What the model is told about metadata; nothing if none is wanted.
pub(crate) fn ask(schema: &[Key], place: Place) -> Option<String> {
    if schema.is_empty() {
        return None;
    }
    let mut text = match place {
        Place::Member => "Give each object of the list one more member, \"metadata\": an object".to_owned(),
        Place::Element { within } => {
            format!("Within <{within}>, add <metadata> with a JSON object in it,")
        }
    };
    text.push_str(" with those of the following members that the material gives a value for. Leave out the others; do not guess.");
    for key in schema {
        // Names and words of the memory's owner go in as JSON, so that they cannot pass for anything else.
        write!(text, "\n- {}: {}", json!(key.name), key.rule.describe())
            .expect("a string takes what is written");
        for said in [&key.definition, &key.instruction].into_iter().flatten() {
            write!(text, " {}", json!(said)).expect("a string takes what is written");
        }
    }
    Some(text)
}

/// What of an object's metadata is as the schema wants it.
pub(crate) fn of_member(schema: &[Key], object: &Object) -> Metadata {
    match object.get("metadata") {
        Some(Json::Object(said)) => check(schema, said),
        _ => Metadata::new(),
    }
}

/// What of an element's metadata is as the schema wants it.
pub(crate) fn of_element(schema: &[Key], inner: &str) -> Metadata {
    if schema.is_empty() {
        return Metadata::new();
    }
    let said = xml::text_of(inner, "metadata").and_then(|text| serde_json::from_str::<Object>(&text).ok());
    said.map(|said| check(schema, &said)).unwrap_or_default()
}

fn check(schema: &[Key], said: &Object) -> Metadata {
    let found = |key: &Key| Some((key.name.clone(), key.rule.accept(said.get(&key.name)?)?));
    schema.iter().filter_map(found).collect()
}

impl Rule {
    fn describe(&self) -> String {
        match self {
            Self::Text { allowed } if allowed.is_empty() => "a text.".to_owned(),
            Self::Text { allowed } => format!("one of {}.", json!(allowed)),
            Self::Texts { allowed, at_most } => {
                let most = most(*at_most);
                match allowed.is_empty() {
                    true => format!("a list of at most {most} texts."),
                    false => format!("a list of at most {most} of {}.", json!(allowed)),
                }
            }
            Self::Number { min, max } => {
                let bound = |word: &str, bound: &Option<f64>| bound.map(|bound| format!(", {word} {bound}"));
                let bounds = [bound("at least", min), bound("at most", max)];
                format!("a number{}.", bounds.into_iter().flatten().collect::<String>())
            }
        }
    }

    /// The value, if it is as the rule wants it.
    fn accept(&self, said: &Json) -> Option<Value> {
        match self {
            Self::Text { allowed } => {
                let said = match said {
                    Json::String(text) => text.clone(),
                    Json::Number(_) | Json::Bool(_) => said.to_string(),
                    _ => return None,
                };
                one_of(allowed, &tidy(&said, LONGEST_TEXT)?).map(Value::Text)
            }
            Self::Texts { allowed, at_most } => {
                let said = match said {
                    Json::Array(items) => items.iter().filter_map(Json::as_str).collect(),
                    Json::String(text) => vec![text.as_str()],
                    _ => return None,
                };
                let mut texts: Vec<String> = Vec::new();
                let fitting = said.iter().filter_map(|text| one_of(allowed, &tidy(text, LONGEST_OF_TEXTS)?));
                for text in fitting {
                    if !texts.contains(&text) && texts.len() < most(*at_most) {
                        texts.push(text);
                    }
                }
                (!texts.is_empty()).then_some(Value::Texts(texts))
            }
            Self::Number { min, max } => {
                let number = said.as_f64().or_else(|| said.as_str()?.trim().parse().ok())?;
                let fits = number.is_finite()
                    && min.is_none_or(|min| number >= min)
                    && max.is_none_or(|max| number <= max);
                fits.then_some(Value::Number(number))
            }
        }
    }
}

fn most(at_most: Option<u32>) -> usize {
    at_most.map_or(MOST_TEXTS, |most| (most as usize).min(MOST_TEXTS))
}

/// The text, in the spelling of the allowed ones.
fn one_of(allowed: &[String], text: &str) -> Option<String> {
    if allowed.is_empty() {
        return Some(text.to_owned());
    }
    allowed.iter().find(|allowed| allowed.eq_ignore_ascii_case(text)).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, rule: Rule) -> Key {
        Key { name: name.to_owned(), definition: None, instruction: Some("say \"so\"".to_owned()), rule }
    }

    fn accepted(rule: &Rule, said: &Json) -> Option<Value> {
        let object = json!({"metadata": {"k": said}});
        of_member(&[key("k", rule.clone())], object.as_object().unwrap()).remove("k")
    }

    #[test]
    fn only_values_that_fit_are_kept() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let one = || Rule::Text { allowed: words(&["High", "Low"]) };
        assert_eq!(accepted(&one(), &json!("high ")), Some(Value::Text("High".to_owned())));
        assert_eq!(accepted(&one(), &json!("medium")), None);
        assert_eq!(accepted(&one(), &json!(["High"])), None);
        let any = || Rule::Text { allowed: vec![] };
        assert_eq!(accepted(&any(), &json!("x".repeat(999))), Some(Value::Text("x".repeat(256))));
        assert_eq!(accepted(&any(), &json!({"a": 1})), None);
        let some = || Rule::Texts { allowed: words(&["a", "b", "c"]), at_most: Some(2) };
        assert_eq!(
            accepted(&some(), &json!(["b", "x", "b", 1, "a", "c"])),
            Some(Value::Texts(words(&["b", "a"])))
        );
        assert_eq!(accepted(&some(), &json!([])), None);
        let number = || Rule::Number { min: Some(0.0), max: Some(5.0) };
        assert_eq!(accepted(&number(), &json!("4.5")), Some(Value::Number(4.5)));
        for wrong in [json!(-1), json!(6), json!("NaN"), json!(null)] {
            assert_eq!(accepted(&number(), &wrong), None);
        }
    }

    #[test]
    fn what_the_schema_does_not_name_is_dropped() {
        let object = json!({"metadata": {"other": "x"}});
        let schema = [key("k", Rule::Text { allowed: vec![] })];
        assert!(of_member(&schema, object.as_object().unwrap()).is_empty());
        assert!(of_element(&schema, "<metadata>{\"k\":</metadata>").is_empty());
        let found = of_element(&schema, "<metadata>{\"k\": \"v\"}</metadata>");
        assert_eq!(found["k"], Value::Text("v".to_owned()));
    }

    #[test]
    fn the_model_is_told_what_is_wanted() {
        let schema = [key("mood", Rule::Number { min: Some(0.0), max: None })];
        let asked = ask(&schema, Place::Element { within: "summary" }).unwrap();
        assert!(asked.contains(r#"- "mood": a number, at least 0. "say \"so\"""#), "{asked}");
        assert_eq!(ask(&[], Place::Member), None);
    }
}
