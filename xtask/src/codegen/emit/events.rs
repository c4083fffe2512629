//! An event stream: an enum of its events; its exceptions are faults.

use std::fmt::Write;

use anyhow::Result;

use super::Scope;
use super::operation::error_shape;
use crate::codegen::model::Shape;
use crate::codegen::names;

/// Writes the events of one stream.
pub(crate) fn emit(scope: &Scope<'_>, name: &str, shape: &Shape, out: &mut String) -> Result<()> {
    let type_name = names::type_name(name);
    let mut events = Vec::new();
    let mut exceptions = Vec::new();
    for (member_name, member) in &shape.members {
        if scope.model.shape(&member.shape)?.exception {
            exceptions.push(error_shape(scope, &member.shape)?);
        } else {
            events.push((member_name, names::type_name(member_name), names::type_name(&member.shape)));
        }
    }
    writeln!(out, "/// `{name}` of the model: the events of a stream.\n#[derive(Clone, Debug, PartialEq)]")?;
    writeln!(out, "pub enum {type_name} {{")?;
    for (_, variant, ty) in &events {
        writeln!(out, "{variant}({ty}),")?;
    }
    writeln!(out, "}}\n\nimpl IntoEvent for {type_name} {{")?;
    writeln!(out, "const EXCEPTIONS: &'static [ErrorShape] = &[{}];\n", exceptions.join(", "))?;
    writeln!(out, "fn into_event(self) -> (&'static str, Value) {{\nmatch self {{")?;
    for (event, variant, _) in &events {
        writeln!(out, "Self::{variant}(event) => ({event:?}, event.into_document()),")?;
    }
    writeln!(out, "}}\n}}\n}}\n")?;
    Ok(())
}
