//! A union: an enum with a variant for each member.

use std::fmt::Write;

use anyhow::Result;

use super::Scope;
use super::structure::redacted_debug;
use super::types::{member_type, rule_of};
use crate::codegen::model::Shape;
use crate::codegen::names;

/// Writes one union.
pub(crate) fn emit(scope: &Scope<'_>, name: &str, shape: &Shape, out: &mut String) -> Result<()> {
    let type_name = names::type_name(name);
    let debug = if shape.sensitive { "" } else { "Debug, " };
    writeln!(out, "/// `{name}` of the model.\n#[derive({debug}Clone, PartialEq)]\npub enum {type_name} {{")?;
    for (member_name, member) in &shape.members {
        writeln!(out, "{}({}),", names::type_name(member_name), member_type(scope, name, member)?)?;
    }
    writeln!(out, "}}\n")?;
    if shape.sensitive {
        redacted_debug(&type_name, out)?;
    }
    reading(scope, &type_name, shape, out)?;
    writing(&type_name, shape, out)
}

fn reading(scope: &Scope<'_>, type_name: &str, shape: &Shape, out: &mut String) -> Result<()> {
    let members = shape.members.iter().map(|(name, member)| (name, member.json_name(name), member));
    let known: Vec<_> = members.clone().map(|(_, json, _)| format!("{json:?}")).collect();
    writeln!(
        out,
        "impl FromDocument for {type_name} {{
            fn read(value: Value, _: &'static restjson::Rule, reader: &mut Reader) -> Option<Self> {{
                let (member, value) = reader.variant(value, &[{}])?;
                match member {{",
        known.join(", ")
    )?;
    for (name, json, member) in members {
        let variant = names::type_name(name);
        let rule = rule_of(scope, &member.shape)?;
        writeln!(out, "{json:?} => reader.inside(member, value, {rule}).map(Self::{variant}),")?;
    }
    writeln!(out, "_ => None,\n}}\n}}\n}}\n")?;
    Ok(())
}

fn writing(type_name: &str, shape: &Shape, out: &mut String) -> Result<()> {
    writeln!(out, "impl IntoDocument for {type_name} {{\nfn into_document(self) -> Value {{\nmatch self {{")?;
    for (name, member) in &shape.members {
        let json = member.json_name(name);
        writeln!(out, "Self::{}(member) => Object::of({json:?}, member),", names::type_name(name))?;
    }
    writeln!(out, "}}\n}}\n}}\n")?;
    Ok(())
}
