//! The keys of a memory: what records can be filtered by, and the variables of namespaces that are its own.

use std::collections::BTreeSet;

use super::Faults;
use crate::metadata;
use crate::model::{Definition, NamespaceKey};

/// The most keys that records can be filtered by.
const INDEXED: usize = 10;
/// The most variables of namespaces that are the memory's own.
const NAMESPACE: usize = 5;
/// The most values that a variable may be limited to.
const ALLOWED: usize = 10;

pub(super) fn indexed(memory: &Definition, faults: &mut Faults) {
    if memory.indexed_keys.len() > INDEXED {
        faults.add("indexedKeys", format!("a memory has at most {INDEXED} indexed keys"));
    }
    let mut seen = BTreeSet::new();
    for key in &memory.indexed_keys {
        if !seen.insert(&key.key) {
            faults.add("indexedKeys", format!("{} is there twice", key.key));
        }
        if metadata::is_reserved(&key.key) {
            faults.add(
                "indexedKeys",
                format!("{} is the service's own, and can be filtered by anyway", key.key),
            );
        }
    }
}

pub(super) fn of_namespaces(memory: &Definition, faults: &mut Faults) {
    if memory.namespace_keys.len() > NAMESPACE {
        faults.add("namespaceKeys", format!("a memory has at most {NAMESPACE} namespace keys"));
    }
    let mut seen = BTreeSet::new();
    for key in &memory.namespace_keys {
        if !seen.insert(&key.key) {
            faults.add("namespaceKeys", format!("{} is there twice", key.key));
        }
        namespace_key(key, faults);
    }
}

fn namespace_key(key: &NamespaceKey, faults: &mut Faults) {
    let at = format!("namespaceKeys[{}].validation", key.key);
    if key.allowed_values.len() > ALLOWED {
        faults.add(format!("{at}.allowedValues"), format!("must be at most {ALLOWED}"));
    }
    let Some(pattern) = &key.pattern else { return };
    match key.whole_pattern() {
        Ok(Some(regex)) => {
            for value in key.allowed_values.iter().filter(|value| !regex.is_match(value)) {
                faults.add(format!("{at}.allowedValues"), format!("{value} does not match {pattern}"));
            }
        }
        Ok(None) => {}
        Err(_) => faults.add(format!("{at}.regexPattern"), format!("{pattern} is no regular expression")),
    }
}
