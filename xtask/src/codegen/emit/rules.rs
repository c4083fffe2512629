//! Constraints as statics, one for each constrained shape, and the patterns that they name.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Context, Result};

use super::Scope;
use super::types::{is_ruled, rule_of};
use crate::codegen::model::{Kind, Shape};
use crate::codegen::{names, relaxations};

/// The module of rules.
pub(crate) fn rules(scope: &Scope<'_>) -> Result<String> {
    let patterns = named_patterns(scope)?;
    let mut out =
        "//! The model's constraints.\n\nuse restjson::Rule;\n\nuse super::patterns;\n\n".to_owned();
    for name in &scope.partition.checked {
        let shape = scope.model.shape(name)?;
        if is_ruled(scope, name, shape)? {
            let rule = rule(scope, name, shape, &patterns)?;
            writeln!(out, "pub(super) static {}: Rule = {rule};", names::static_name(name))?;
        }
    }
    Ok(out)
}

fn rule(scope: &Scope<'_>, name: &str, shape: &Shape, patterns: &BTreeMap<&str, String>) -> Result<String> {
    let mut rule = "Rule::ANY".to_owned();
    if let Some(min) = shape.min {
        write!(rule, ".min({min:?})")?;
    }
    if let Some(max) = shape.max {
        write!(rule, ".max({max:?})")?;
    }
    if let Some(pattern) = shape.pattern.as_deref().filter(|_| !relaxations::drops_pattern(name)) {
        write!(rule, ".pattern(&patterns::{})", patterns[pattern])?;
    }
    let items = if shape.kind == Kind::Map { &shape.value } else { &shape.member };
    for (method, part) in [("keys", &shape.key), ("items", items)] {
        if let Some(part) = part {
            let inner = rule_of(scope, &part.shape)?;
            if let Some(inner) = inner.strip_prefix("&rules::") {
                write!(rule, ".{method}(&{inner})")?;
            }
        }
    }
    Ok(rule)
}

/// The module of patterns.
pub(crate) fn patterns(scope: &Scope<'_>) -> Result<String> {
    let mut out = "//! The model's patterns, each once, under the name of the first shape that has it.\n\nuse restjson::Pattern;\n\n".to_owned();
    let named = named_patterns(scope)?;
    let by_name: BTreeMap<_, _> = named.into_iter().map(|(pattern, name)| (name, pattern)).collect();
    for (name, pattern) in by_name {
        let source = format!("r#\"{pattern}\"#");
        let predicate = relaxations::PREDICATES.iter().find(|(known, _)| *known == pattern);
        let made = match predicate {
            Some((_, function)) => format!("predicate({source}, restjson::rule::{function})"),
            None => {
                regex::Regex::new(&format!("^(?:{pattern})$"))
                    .with_context(|| format!("pattern of {name}"))?;
                format!("regex({source})")
            }
        };
        writeln!(out, "pub(super) static {name}: Pattern = Pattern::{made};")?;
    }
    Ok(out)
}

fn named_patterns<'a>(scope: &Scope<'a>) -> Result<BTreeMap<&'a str, String>> {
    let mut named = BTreeMap::new();
    for name in &scope.partition.checked {
        let shape = scope.model.shape(name)?;
        let checked =
            shape.kind == Kind::String && shape.values.is_none() && !relaxations::drops_pattern(name);
        if let Some(pattern) = shape.pattern.as_deref().filter(|_| checked) {
            named.entry(pattern).or_insert_with(|| names::static_name(name));
        }
    }
    Ok(named)
}
