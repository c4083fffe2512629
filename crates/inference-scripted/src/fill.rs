//! Putting what the conditions found into what is said.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

use crate::script::Reply;

/// `$$`, `${name}` or `$name`; a name is a number, too.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$(?:(\$)|\{(\w+)\}|(\w+))").expect("the expression is one"));

/// What the conditions found, by the groups' names and numbers.
pub(crate) type Found = HashMap<String, String>;

/// Adds what an expression found; of two groups with the same name or number the later one holds.
pub(crate) fn note(found: &mut Found, expression: &Regex, captures: &Captures<'_>) {
    for (number, name) in expression.capture_names().enumerate() {
        let text = captures.get(number).map_or("", |group| group.as_str());
        found.insert(number.to_string(), text.to_owned());
        if let Some(name) = name {
            found.insert(name.to_owned(), text.to_owned());
        }
    }
}

/// The text with every place filled.
pub(crate) fn text(template: &str, found: &Found) -> String {
    let fill = |place: &Captures<'_>| match name(place) {
        None => "$".to_owned(),
        Some(name) => found.get(name).cloned().unwrap_or_default(),
    };
    PLACE.replace_all(template, fill).into_owned()
}

/// The value with every place in its texts filled.
fn value(template: &Value, found: &Found) -> Value {
    match template {
        Value::String(template) => Value::String(text(template, found)),
        Value::Array(items) => items.iter().map(|item| value(item, found)).collect(),
        Value::Object(members) => Value::Object(object(members, found)),
        other => other.clone(),
    }
}

/// The object with every place in its members' texts filled.
pub(crate) fn object(template: &Map<String, Value>, found: &Found) -> Map<String, Value> {
    template.iter().map(|(name, member)| (name.clone(), value(member, found))).collect()
}

/// Whether every place can be filled; a name that no expression has is a typo.
pub(crate) fn check(reply: &Reply) -> Result<(), String> {
    let expressions = [&reply.system, &reply.user, &reply.tool_result].into_iter().flatten();
    let mut known = HashSet::new();
    for expression in expressions {
        known.extend((0..expression.captures_len()).map(|number| number.to_string()));
        known.extend(expression.capture_names().flatten().map(str::to_owned));
    }
    let mut templates: Vec<String> = reply.say.iter().chain(&reply.think).cloned().collect();
    templates.extend(reply.call.iter().map(|call| Value::Object(call.input.clone()).to_string()));
    for template in &templates {
        for place in PLACE.captures_iter(template) {
            if let Some(name) = name(&place)
                && !known.contains(name)
            {
                return Err(format!("no condition has a group ${name}; write $$ for a dollar"));
            }
        }
    }
    Ok(())
}

/// The name at a place; none at a doubled dollar.
fn name<'a>(place: &Captures<'a>) -> Option<&'a str> {
    place.get(2).or_else(|| place.get(3)).map(|name| name.as_str())
}
