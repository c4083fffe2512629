//! A structure: its fields, and a line for each in reading and in writing.

use std::fmt::Write;

use anyhow::{Context, Result, ensure};

use super::Scope;
use super::types::{member_type, rule_of};
use crate::codegen::model::{Kind, Member, Shape};
use crate::codegen::names;

/// Where in an operation a structure stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Input,
    Output,
    Inner,
}

struct Field<'a> {
    name: String,
    json: &'a str,
    ty: String,
    rule: String,
    required: bool,
    streams: Option<Streams>,
}

/// How a payload that is not read into a document travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Streams {
    Bytes,
    Events,
}

/// Writes one structure.
pub(crate) fn emit(scope: &Scope<'_>, name: &str, shape: &Shape, out: &mut String) -> Result<()> {
    let role = role(scope, name);
    let members = shape.members.iter();
    let fields = members.map(|(member_name, member)| {
        field(scope, (name, shape, role), member_name, member)
            .with_context(|| format!("member {member_name}"))
    });
    let fields = fields.collect::<Result<Vec<_>>>()?;
    declaration(name, shape, &fields, out)?;
    if role != Role::Output {
        reading(name, &fields, out)?;
    }
    match role {
        Role::Input => {}
        Role::Inner => writing(name, &fields, out)?,
        Role::Output => reply(name, &fields, out)?,
    }
    Ok(())
}

fn role(scope: &Scope<'_>, name: &str) -> Role {
    let mut operations = scope.model.operations.values();
    if operations.clone().any(|operation| operation.input.shape == name) {
        Role::Input
    } else if operations.any(|operation| operation.output.shape == name) {
        Role::Output
    } else {
        Role::Inner
    }
}

fn field<'a>(
    scope: &Scope<'_>,
    (structure, shape, role): (&str, &Shape, Role),
    name: &'a str,
    member: &'a Member,
) -> Result<Field<'a>> {
    ensure!(name != "members" && name != "object", "generated code uses this name for itself");
    let target = scope.model.shape(&member.shape)?;
    let is_payload = shape.payload.as_deref() == Some(name);
    let streams = match target.kind {
        Kind::Blob if is_payload => Some(Streams::Bytes),
        // Events that are sent to us are handed on as the bytes that they come in.
        Kind::Structure if target.eventstream && role == Role::Input => Some(Streams::Bytes),
        Kind::Structure if target.eventstream => Some(Streams::Events),
        _ => None,
    };
    let ty = match streams {
        Some(Streams::Bytes) => "ByteStream".to_owned(),
        Some(Streams::Events) => format!("EventStream<{}>", names::type_name(&member.shape)),
        None => member_type(scope, structure, member)?,
    };
    Ok(Field {
        name: names::field(name),
        json: member.json_name(name),
        ty,
        rule: rule_of(scope, &member.shape)?,
        required: streams.is_some() || shape.required.contains(name) && !member.idempotency_token,
        streams,
    })
}

fn declaration(name: &str, shape: &Shape, fields: &[Field<'_>], out: &mut String) -> Result<()> {
    let type_name = names::type_name(name);
    let mut derives = Vec::new();
    if !shape.sensitive {
        derives.push("Debug");
    }
    if fields.iter().all(|field| field.streams.is_none()) {
        derives.extend(["Clone", "PartialEq"]);
    }
    if fields.iter().all(|field| !field.required) {
        derives.push("Default");
    }
    writeln!(out, "/// `{name}` of the model.")?;
    if !derives.is_empty() {
        writeln!(out, "#[derive({})]", derives.join(", "))?;
    }
    writeln!(out, "pub struct {type_name} {{")?;
    for Field { name, ty, required, .. } in fields {
        match required {
            true => writeln!(out, "    pub {name}: {ty},")?,
            false => writeln!(out, "    pub {name}: Option<{ty}>,")?,
        }
    }
    writeln!(out, "}}\n")?;
    if shape.sensitive {
        redacted_debug(&type_name, out)?;
    }
    Ok(())
}

/// A `Debug` that shows nothing of a sensitive type.
pub(crate) fn redacted_debug(type_name: &str, out: &mut String) -> Result<()> {
    writeln!(
        out,
        "impl std::fmt::Debug for {type_name} {{
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{
                formatter.write_str(\"{type_name}([redacted])\")
            }}
        }}\n"
    )?;
    Ok(())
}

fn reading(name: &str, fields: &[Field<'_>], out: &mut String) -> Result<()> {
    writeln!(out, "impl FromDocument for {} {{", names::type_name(name))?;
    writeln!(
        out,
        "fn read(value: Value, _: &'static restjson::Rule, reader: &mut Reader) -> Option<Self> {{"
    )?;
    if fields.is_empty() {
        writeln!(out, "reader.members(value)?;\nSome(Self {{}})\n}}\n}}\n")?;
        return Ok(());
    }
    writeln!(out, "let mut members = reader.members(value)?;")?;
    for Field { name, json, rule, required, streams, .. } in fields {
        match (streams, required) {
            (Some(_), _) => writeln!(out, "let {name} = members.stream();")?,
            (None, true) => writeln!(out, "let {name} = members.required({json:?}, {rule});")?,
            (None, false) => writeln!(out, "let {name} = members.optional({json:?}, {rule});")?,
        }
    }
    let made = fields.iter().map(|field| match field.required && field.streams.is_none() {
        true => format!("{0}: {0}?", field.name),
        false => field.name.clone(),
    });
    writeln!(out, "Some(Self {{ {} }})\n}}\n}}\n", made.collect::<Vec<_>>().join(", "))?;
    Ok(())
}

fn writing(name: &str, fields: &[Field<'_>], out: &mut String) -> Result<()> {
    writeln!(out, "impl IntoDocument for {} {{\nfn into_document(self) -> Value {{", names::type_name(name))?;
    puts(fields, out)?;
    writeln!(out, "object.finish()\n}}\n}}\n")?;
    Ok(())
}

fn reply(name: &str, fields: &[Field<'_>], out: &mut String) -> Result<()> {
    writeln!(out, "impl IntoReply for {} {{\nfn into_reply(self) -> Reply {{", names::type_name(name))?;
    puts(fields, out)?;
    let streamed = fields.iter().find_map(|field| field.streams.map(|streams| (&field.name, streams)));
    match streamed {
        None => writeln!(out, "object.finish().into()")?,
        Some((name, Streams::Bytes)) => {
            writeln!(out, "Reply {{ document: object.finish(), stream: Some(self.{name}) }}")?;
        }
        Some((name, Streams::Events)) => {
            writeln!(out, "Reply {{ document: object.finish(), stream: Some(self.{name}.into_bytes()) }}")?;
        }
    }
    writeln!(out, "}}\n}}\n")?;
    Ok(())
}

fn puts(fields: &[Field<'_>], out: &mut String) -> Result<()> {
    let written: Vec<_> = fields.iter().filter(|field| field.streams.is_none()).collect();
    let mutable = if written.is_empty() { "" } else { "mut " };
    writeln!(out, "let {mutable}object = Object::with_capacity({});", written.len())?;
    for Field { name, json, .. } in written {
        writeln!(out, "object.put({json:?}, self.{name});")?;
    }
    Ok(())
}
