//! An operation: a type, its input and output, and its spec.

use std::fmt::Write;

use anyhow::{Context, Result, bail, ensure};
use restjson::ErrorShape;

use super::Scope;
use crate::codegen::model::{Kind, Member, Shape};
use crate::codegen::names;

/// Writes one operation.
pub(crate) fn emit(scope: &Scope<'_>, name: &str, out: &mut String) -> Result<()> {
    let operation = &scope.model.operations[name];
    let input = scope.model.shape(&operation.input.shape)?;
    let output = scope.model.shape(&operation.output.shape)?;
    let type_name = names::type_name(name);
    let errors = operation.errors.iter().map(|error| error_shape(scope, &error.shape));
    let errors = errors.collect::<Result<Vec<_>>>()?.join(", ");
    let token = input.members.iter().find(|(_, member)| member.idempotency_token);
    let token = token.map_or("None".to_owned(), |(member, _)| format!("Some({member:?})"));
    write!(
        out,
        "/// [`{name}`](https://docs.aws.amazon.com/{}{name}.html)
        #[derive(Clone, Copy, Debug)]
        pub struct {type_name};

        impl Operation for {type_name} {{
            type Input = {};
            type Output = {};
            const SPEC: &'static OperationSpec = &OperationSpec {{
                name: {name:?},
                service: Service::{},
                method: Method::{},
                path: &[{}],
                success: {},
                errors: &[{errors}],
                token: {token},
                input: &[{}],
                request: {},
                output: &[{}],
                response: {},
            }};
        }}\n\n",
        scope.service.reference,
        names::type_name(&operation.input.shape),
        names::type_name(&operation.output.shape),
        scope.service.variant,
        operation.http.method,
        path(input, &operation.http.request_uri)?,
        operation.http.response_code,
        bindings(scope, input)?,
        payload(scope, input, "Payload::Blob")?,
        bindings(scope, output)?,
        payload(scope, output, "Payload::Events")?,
    )?;
    Ok(())
}

/// The variant of `ErrorShape`, which has to have the model's status.
pub(crate) fn error_shape(scope: &Scope<'_>, name: &str) -> Result<String> {
    let shape = scope.model.shape(name)?;
    let status = shape.error.as_ref().with_context(|| format!("{name} has no status"))?.http_status_code;
    // Services give some names different statuses.
    let known = ErrorShape::ALL.iter().find(|known| known.name() == name && known.status() == status);
    let known =
        known.with_context(|| format!("restjson's ErrorShape lacks {name} with the status {status}"))?;
    Ok(format!("ErrorShape::{known:?}"))
}

fn path(input: &Shape, uri: &str) -> Result<String> {
    ensure!(!uri.contains(['?', '+']), "{uri} has a query or a greedy label");
    let segments =
        uri.strip_prefix('/').context("a path starts with a slash")?.split('/').map(|segment| match segment
            .strip_prefix('{')
            .and_then(|label| label.strip_suffix('}'))
        {
            None => {
                ensure!(!segment.contains('{'), "{uri} has a label beside text");
                Ok(format!("Segment::Literal({segment:?})"))
            }
            Some(label) => {
                let bound = |(name, member): (&String, &Member)| {
                    let wire = member.location_name.as_ref().unwrap_or(name);
                    (member.location.as_deref() == Some("uri") && wire == label).then(|| name.clone())
                };
                let member =
                    input.members.iter().find_map(bound).with_context(|| format!("no member for {label}"))?;
                Ok(format!("Segment::Label({member:?})"))
            }
        });
    Ok(segments.collect::<Result<Vec<_>>>()?.join(", "))
}

fn bindings(scope: &Scope<'_>, shape: &Shape) -> Result<String> {
    let mut out = String::new();
    for (name, member) in &shape.members {
        let wire = member.location_name.as_ref().unwrap_or(name);
        let location = match member.location.as_deref() {
            None | Some("uri") => continue,
            Some("querystring") => format!("Location::Query({wire:?})"),
            Some("header") => format!("Location::Header({:?})", wire.to_ascii_lowercase()),
            Some("statusCode") => "Location::Status".to_owned(),
            Some(other) => bail!("{name} travels in an unknown place: {other}"),
        };
        let target = scope.model.shape(&member.shape)?;
        let many = target.kind == Kind::List;
        let element = match &target.member {
            Some(element) if many => scope.model.shape(&element.shape)?,
            _ => target,
        };
        let scalar = scalar(member, element).with_context(|| format!("member {name}"))?;
        write!(out, "Binding {{ member: {name:?}, location: {location}, scalar: {scalar}, many: {many} }},")?;
    }
    Ok(out)
}

fn scalar(member: &Member, shape: &Shape) -> Result<&'static str> {
    Ok(match shape.kind {
        Kind::String => "Scalar::Text",
        Kind::Integer | Kind::Long => "Scalar::Integer",
        Kind::Float | Kind::Double => "Scalar::Number",
        Kind::Boolean => "Scalar::Boolean",
        Kind::Timestamp => {
            let declared = member.timestamp_format.as_ref().or(shape.timestamp_format.as_ref());
            match (declared.map(String::as_str), member.location.as_deref()) {
                (Some("unixTimestamp"), _) => "Scalar::Timestamp(Format::EpochSeconds)",
                (Some("rfc822"), _) | (None, Some("header")) => "Scalar::Timestamp(Format::HttpDate)",
                (Some("iso8601") | None, _) => "Scalar::Timestamp(Format::DateTime)",
                (Some(other), _) => bail!("no timestamps written as {other}"),
            }
        }
        other => bail!("a {other:?} cannot travel outside the body"),
    })
}

/// What the body holds; events are `events`: they are written one by one, and read as the bytes that they come in.
fn payload(scope: &Scope<'_>, shape: &Shape, events: &str) -> Result<String> {
    let Some(member) = &shape.payload else {
        let in_body = shape.members.values().any(|member| member.location.is_none());
        return Ok(if in_body { "Payload::Members".to_owned() } else { "Payload::None".to_owned() });
    };
    let target = scope.model.shape(&shape.members[member].shape)?;
    Ok(match target.kind {
        Kind::Blob => format!("Payload::Blob({member:?})"),
        Kind::Structure if target.eventstream => format!("{events}({member:?})"),
        Kind::Structure => format!("Payload::Document({member:?})"),
        other => bail!("a {other:?} cannot be a payload"),
    })
}
