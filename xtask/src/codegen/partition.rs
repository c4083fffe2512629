//! Which module holds which type: one module for each family of paths, and one for types that several families share.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

use super::model::{Kind, Model, Operation};
use super::names;

/// The module of types that belong to no single family.
pub(crate) const SHARED: &str = "shared";

/// Operations and types by module.
pub(crate) struct Partition {
    pub(crate) modules: BTreeMap<String, Module>,
    /// The shapes without a type of their own that are checked when something is read.
    pub(crate) checked: BTreeSet<String>,
}

/// What one module holds.
#[derive(Default)]
pub(crate) struct Module {
    pub(crate) operations: Vec<String>,
    pub(crate) types: BTreeSet<String>,
}

impl Partition {
    /// Assigns every operation and every type that operations reach.
    pub(crate) fn of(model: &Model) -> Result<Self> {
        let mut modules = BTreeMap::<String, Module>::new();
        let mut families = BTreeMap::<String, BTreeSet<String>>::new();
        for (name, operation) in &model.operations {
            let family = family(operation)?;
            modules.entry(family.clone()).or_default().operations.push(name.clone());
            for root in [&operation.input.shape, &operation.output.shape] {
                reach(model, root, &family, &mut families)?;
            }
        }
        for (shape, families) in &families {
            if model.shape(shape)?.is_named() {
                let module = match families.first() {
                    Some(only) if families.len() == 1 => only,
                    _ => SHARED,
                };
                modules.entry(module.to_owned()).or_default().types.insert(shape.clone());
            }
        }
        let checked = checked(model, families.keys())?;
        Ok(Self { modules, checked })
    }

    /// The module of a type.
    pub(crate) fn module_of(&self, shape: &str) -> Option<&str> {
        let found = self.modules.iter().find(|(_, module)| module.types.contains(shape));
        found.map(|(name, _)| name.as_str())
    }
}

fn family(operation: &Operation) -> Result<String> {
    let segment = operation.http.request_uri.split('/').nth(1).filter(|segment| !segment.is_empty());
    let segment = segment.with_context(|| format!("no family in {}", operation.http.request_uri))?;
    Ok(names::module(segment))
}

fn reach(
    model: &Model,
    shape: &str,
    family: &str,
    families: &mut BTreeMap<String, BTreeSet<String>>,
) -> Result<()> {
    if families.entry(shape.to_owned()).or_default().insert(family.to_owned()) {
        for mentioned in model.shape(shape)?.mentions().filter(|name| !is_exception(model, name)) {
            reach(model, mentioned, family, families)?;
        }
    }
    Ok(())
}

/// What the members of structures hold, apart from those of outputs, which are only written.
fn checked<'a>(model: &'a Model, reached: impl Iterator<Item = &'a String>) -> Result<BTreeSet<String>> {
    let outputs: BTreeSet<_> = model.operations.values().map(|operation| &operation.output.shape).collect();
    let mut open = Vec::new();
    for name in reached.filter(|name| !outputs.contains(name)) {
        let shape = model.shape(name)?;
        if shape.kind == Kind::Structure && !shape.eventstream {
            open.extend(shape.mentions());
        }
    }
    let mut checked = BTreeSet::new();
    while let Some(name) = open.pop() {
        let shape = model.shape(name)?;
        if shape.kind != Kind::Structure && checked.insert(name.to_owned()) {
            open.extend(shape.mentions());
        }
    }
    Ok(checked)
}

fn is_exception(model: &Model, shape: &str) -> bool {
    model.shapes.get(shape).is_some_and(|shape| shape.exception)
}

/// Whether a structure holds itself through structures alone, so that a member has to be boxed.
pub(crate) fn holds(model: &Model, outer: &str, inner: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![outer];
    while let Some(name) = open.pop() {
        if name == inner {
            return true;
        }
        let structure = model.shapes.get(name).filter(|shape| shape.kind == Kind::Structure);
        if let Some(shape) = structure.filter(|_| seen.insert(name)) {
            open.extend(shape.members.values().map(|member| member.shape.as_str()));
        }
    }
    false
}
