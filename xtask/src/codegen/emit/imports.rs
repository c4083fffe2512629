//! The `use` lines of a module: what its body mentions and no more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Result, ensure};

use super::Scope;
use crate::codegen::names;

/// Names from elsewhere that generated code may mention, with where they come from.
const FOREIGN: &[(&str, &str)] = &[
    ("ANY", "restjson::rule"),
    ("BTreeMap", "std::collections"),
    ("Binding", "restjson::spec"),
    ("ByteStream", "stdx"),
    ("Bytes", "bytes"),
    ("ErrorShape", "restjson"),
    ("EventStream", "restjson"),
    ("Format", "restjson::timestamp"),
    ("FromDocument", "restjson"),
    ("IntoDocument", "restjson"),
    ("IntoEvent", "restjson"),
    ("IntoReply", "restjson"),
    ("Iso8601", "restjson"),
    ("Location", "restjson::spec"),
    ("Method", "restjson::spec"),
    ("Object", "restjson::document"),
    ("Operation", "restjson"),
    ("OperationSpec", "restjson"),
    ("Payload", "restjson::spec"),
    ("Reader", "restjson"),
    ("Reply", "restjson"),
    ("Scalar", "restjson::spec"),
    ("Segment", "restjson::spec"),
    ("Sensitive", "restjson"),
    ("Service", "restjson::spec"),
    ("Timestamp", "stdx"),
    ("Value", "restjson"),
];

/// Fails if a shape has a name that generated code uses for something else.
pub(crate) fn refuse_collisions(scope: &Scope<'_>) -> Result<()> {
    let types = scope.partition.modules.values().flat_map(|module| &module.types);
    let mut taken: BTreeSet<String> = FOREIGN.iter().map(|(name, _)| (*name).to_owned()).collect();
    for name in types.chain(scope.model.operations.keys()) {
        ensure!(taken.insert(names::type_name(name)), "two things are called {name}");
    }
    Ok(())
}

/// The `use` lines for a module with this body.
pub(crate) fn of(scope: &Scope<'_>, own: &str, body: &str) -> Result<String> {
    let words = free_words(body);
    let mut foreign = BTreeMap::<&str, Vec<&str>>::new();
    for (name, path) in FOREIGN.iter().filter(|(name, _)| words.contains(name)) {
        foreign.entry(path).or_default().push(name);
    }
    let mut out = format!("//! Generated: the family `{own}` of `{}`.\n\n", scope.service.name);
    let (standard, others): (Vec<_>, Vec<_>) =
        foreign.iter().partition(|(path, _)| path.starts_with("std::"));
    for group in [standard, others] {
        for (path, names) in group {
            writeln!(out, "use {path}::{{{}}};", names.join(", "))?;
        }
        out.push('\n');
    }
    if words.contains("rules") {
        writeln!(out, "use super::rules;")?;
    }
    for (module, names) in siblings(scope, own)? {
        writeln!(out, "use super::{module}::{{{}}};", names.into_iter().collect::<Vec<_>>().join(", "))?;
    }
    Ok(out)
}

/// Words of the code that stand for themselves, not as part of a path.
fn free_words(body: &str) -> BTreeSet<&str> {
    let code = body.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut words = BTreeSet::new();
    for line in code {
        for word in line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_') {
            let start = word.as_ptr().addr() - line.as_ptr().addr();
            if !line[..start].ends_with("::") {
                words.insert(word);
            }
        }
    }
    words
}

/// Types of other modules that this module's types and operations mention.
fn siblings<'a>(scope: &'a Scope<'_>, own: &str) -> Result<BTreeMap<&'a str, BTreeSet<String>>> {
    let module = &scope.partition.modules[own];
    let mut open = Vec::new();
    for operation in &module.operations {
        let operation = &scope.model.operations[operation];
        open.extend([operation.input.shape.as_str(), operation.output.shape.as_str()]);
    }
    for name in &module.types {
        open.extend(scope.model.shape(name)?.mentions());
    }
    let mut found = BTreeMap::<&str, BTreeSet<String>>::new();
    while let Some(name) = open.pop() {
        let shape = scope.model.shape(name)?;
        if !shape.is_named() {
            open.extend(shape.mentions());
            continue;
        }
        match scope.partition.module_of(name) {
            Some(module) if module != own => {
                found.entry(module).or_default().insert(names::type_name(name));
            }
            _ => {}
        }
    }
    Ok(found)
}
