//! Writes Rust from a model: data and one line a member; what it means is interpreted by `restjson`.

mod events;
mod imports;
mod operation;
mod root;
mod rules;
mod structure;
mod types;
mod union;

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Service;
use super::model::{Kind, Model, Shape};
use super::names;
use super::output::{Files, MARK};
use super::partition::{Module, Partition};

/// What every emitter looks things up in.
pub(crate) struct Scope<'a> {
    pub(crate) service: &'a Service,
    pub(crate) model: &'a Model,
    pub(crate) partition: &'a Partition,
}

/// Everything that is generated for a service.
pub(crate) fn all(service: &Service, model: &Model) -> Result<Files> {
    let partition = Partition::of(model)?;
    let scope = Scope { service, model, partition: &partition };
    imports::refuse_collisions(&scope)?;
    let mut files = Files::new();
    let below = PathBuf::from(service.module);
    files.insert(below.with_extension("rs"), marked(&root::source(&scope)));
    files.insert(below.join("rules.rs"), marked(&rules::rules(&scope)?));
    files.insert(below.join("patterns.rs"), marked(&rules::patterns(&scope)?));
    for (name, module) in &partition.modules {
        let source = module_source(&scope, name, module).with_context(|| format!("module {name}"))?;
        files.insert(below.join(format!("{name}.rs")), marked(&source));
    }
    Ok(files)
}

fn marked(source: &str) -> String {
    format!("{MARK}{source}")
}

fn module_source(scope: &Scope<'_>, name: &str, module: &Module) -> Result<String> {
    let mut body = String::new();
    for operation in &module.operations {
        operation::emit(scope, operation, &mut body).with_context(|| format!("operation {operation}"))?;
    }
    for shape in &module.types {
        emit_type(scope, shape, &mut body).with_context(|| format!("shape {shape}"))?;
    }
    Ok(format!("{}\n{body}", imports::of(scope, name, &body)?))
}

fn emit_type(scope: &Scope<'_>, name: &str, out: &mut String) -> Result<()> {
    let shape = scope.model.shape(name)?;
    match shape.kind {
        Kind::String => emit_enum(name, shape, out),
        _ if shape.eventstream => events::emit(scope, name, shape, out),
        _ if shape.union => union::emit(scope, name, shape, out),
        _ => structure::emit(scope, name, shape, out),
    }
}

fn emit_enum(name: &str, shape: &Shape, out: &mut String) -> Result<()> {
    writeln!(
        out,
        "restjson::enumeration! {{\n    /// `{name}` of the model.\n    {} {{",
        names::type_name(name)
    )?;
    for text in shape.values.iter().flatten() {
        writeln!(out, "        {} = {text:?},", names::variant(text))?;
    }
    writeln!(out, "    }}\n}}\n")?;
    Ok(())
}
