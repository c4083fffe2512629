//! What events say of namespaces, beside actor, session and strategy.

use std::collections::BTreeMap;

use fault::{Fault, FieldFault, Result};
use regex::RegexBuilder;

use crate::model::{Definition, NamespaceKey};

/// The most memory that a pattern may take once it is compiled: it is its owner's, but everybody's server.
const LARGEST_PATTERN: usize = 256 * 1024;

/// Whether the variables are ones that the memory's owner allowed: known names, allowed values, values that match.
pub(crate) fn check_variables(memory: &Definition, variables: &BTreeMap<String, String>) -> Result<()> {
    let mut faults = Vec::new();
    for (name, value) in variables {
        let rule = match memory.namespace_keys.iter().find(|key| key.key == *name) {
            None => Some("is not one of the memory's namespace keys".to_owned()),
            Some(key) => broken_rule(key, value),
        };
        if let Some(message) = rule {
            let name = format!("extractionConfig.namespaceVariables.{name}");
            faults.push(FieldFault { name, message });
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Fault::fields(faults)) }
}

/// Which rule of the key the value breaks, if any: both have to hold.
fn broken_rule(key: &NamespaceKey, value: &str) -> Option<String> {
    if !key.allowed_values.is_empty() && !key.allowed_values.iter().any(|allowed| allowed == value) {
        return Some("is not one of the values that the memory allows".to_owned());
    }
    let pattern = key.pattern.as_ref()?;
    let whole = RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(LARGEST_PATTERN).build();
    // A pattern that cannot be compiled matches nothing. Those are refused where memories are made.
    let matches = whole.is_ok_and(|whole| whole.is_match(value));
    (!matches).then(|| format!("does not match the memory's pattern {pattern}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(allowed: &[&str], pattern: Option<&str>) -> NamespaceKey {
        NamespaceKey {
            key: "tenant".to_owned(),
            allowed_values: allowed.iter().map(ToString::to_string).collect(),
            pattern: pattern.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn a_value_keeps_to_the_list_and_to_the_pattern() {
        let cases = [
            (key(&[], None), "anything", true),
            (key(&["a", "b"], None), "b", true),
            (key(&["a", "b"], None), "c", false),
            (key(&[], Some("[a-z]+")), "abc", true),
            (key(&[], Some("[a-z]+")), "abc1", false),
            (key(&[], Some("a|b")), "ab", false),
            (key(&["a", "b1"], Some("[a-z]+")), "b1", false),
            (key(&["a", "b1"], Some("[a-z]+")), "a", true),
            (key(&[], Some("(")), "a", false),
        ];
        for (key, value, fits) in cases {
            assert_eq!(broken_rule(&key, value).is_none(), fits, "{key:?} {value}");
        }
    }
}
