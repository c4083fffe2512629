//! JSON in what a model says, with whatever stands around it.

use serde_json::{Map, Value};

use crate::garbage::{Garbage, spoken};

/// How many places of an answer are tried: prose has brackets, too.
const MOST_PLACES: usize = 64;

/// The most things that are taken from one answer.
const MOST_THINGS: usize = 100;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The list of objects in an answer, each read as one of `what`. Those that are not as asked are left out; if no
/// single one is, the answer is garbage.
pub(crate) fn things<T>(
    answer: &str,
    what: &'static str,
    read: impl FnMut(&Object) -> Option<T>,
) -> Result<Vec<T>, Garbage> {
    let objects = objects(spoken(answer)?, what)?;
    let things: Vec<T> = objects.iter().filter_map(read).take(MOST_THINGS).collect();
    if things.is_empty() && !objects.is_empty() {
        return Err(Garbage::NoneFits(what));
    }
    Ok(things)
}

fn objects(text: &str, what: &'static str) -> Result<Vec<Object>, Garbage> {
    let mut from = 0;
    for _ in 0..MOST_PLACES {
        let Some(place) = text[from..].find(['[', '{']).map(|place| from + place) else { break };
        let mut values = serde_json::Deserializer::from_str(&text[place..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                from = place + values.byte_offset();
                if let Some(objects) = as_objects(value) {
                    return Ok(objects);
                }
            }
            Some(Err(error)) if error.is_eof() => return Err(Garbage::CutOff(what)),
            _ => from = place + 1,
        }
    }
    Err(Garbage::Missing(what))
}

/// A list of objects; or an object with nothing but such a list in it; or a single object, which stands for a list of
/// one.
fn as_objects(value: Value) -> Option<Vec<Object>> {
    let object = match value {
        Value::Array(items) => return among(items),
        Value::Object(object) => object,
        _ => return None,
    };
    match object.iter().next() {
        Some((_, Value::Array(items))) if object.len() == 1 => among(items.clone()),
        _ => Some(vec![object]),
    }
}

fn among(items: Vec<Value>) -> Option<Vec<Object>> {
    let none = items.is_empty();
    let objects: Vec<Object> = items
        .into_iter()
        .filter_map(|item| match item {
            Value::Object(object) => Some(object),
            _ => None,
        })
        .collect();
    (none || !objects.is_empty()).then_some(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(answer: &str) -> Result<Vec<String>, Garbage> {
        things(answer, "names", |object| Some(object.get("n")?.as_str()?.to_owned()))
    }

    #[test]
    fn the_list_is_found_in_whatever_stands_around_it() {
        for answer in [
            r#"[{"n":"a"},{"n":"b"}]"#,
            "Here they are [see below]:\n```json\n[{\"n\":\"a\"},{\"n\":\"b\"}]\n```\nAnything else?",
            r#"<think>Is it [{"n":"x"}]?</think> [{"n":"a"},{"n":"b"}]"#,
            r#"{"names":[{"n":"a"},{"n":"b"}]}"#,
            r#"I found [2] in {curly} words: [{"n":"a"},{"n":7},"c",{"n":"b"}]"#,
        ] {
            assert_eq!(names(answer), Ok(vec!["a".to_owned(), "b".to_owned()]), "{answer}");
        }
        assert_eq!(names(r#"{"n":"a"}"#), Ok(vec!["a".to_owned()]));
        assert_eq!(names("Nothing new: []"), Ok(Vec::new()));
        assert_eq!(names(r#"{"names":[]}"#), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_list_is_garbage() {
        assert_eq!(names(" \n"), Err(Garbage::Empty));
        assert_eq!(names("I cannot do that."), Err(Garbage::Missing("names")));
        assert_eq!(names("[1, 2, 3]"), Err(Garbage::Missing("names")));
        assert_eq!(names(r#"[{"n":"a"},{"n":"#), Err(Garbage::CutOff("names")));
        assert_eq!(names(r#"[{"m":"a"}]"#), Err(Garbage::NoneFits("names")));
        assert_eq!(names(&"[".repeat(1 << 19)), Err(Garbage::Missing("names")));
        assert_eq!(names(&"x".repeat((1 << 20) + 1)), Err(Garbage::TooLong(1 << 20)));
        let many = format!("[{}]", vec![r#"{"n":"a"}"#; 5000].join(","));
        assert_eq!(names(&many).map(|names| names.len()), Ok(MOST_THINGS));
    }
}
