//! The Rust type and the rule of a member.

use anyhow::{Result, bail};

use super::Scope;
use crate::codegen::model::{Kind, Member, Shape};
use crate::codegen::{names, partition, relaxations};

/// The type of values of this shape.
pub(crate) fn type_of(scope: &Scope<'_>, name: &str) -> Result<String> {
    let shape = scope.model.shape(name)?;
    let plain = match shape.kind {
        Kind::Structure if !shape.document => return Ok(names::type_name(name)),
        Kind::String if shape.values.is_some() => return Ok(names::type_name(name)),
        Kind::Structure => "Value".to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Integer => "i32".to_owned(),
        Kind::Long => "i64".to_owned(),
        Kind::Float | Kind::Double => "f64".to_owned(),
        Kind::Boolean => "bool".to_owned(),
        Kind::Blob => "Bytes".to_owned(),
        Kind::Timestamp => match shape.timestamp_format.as_deref() {
            None | Some("unixTimestamp") => "Timestamp".to_owned(),
            Some("iso8601") => "Iso8601".to_owned(),
            Some(other) => bail!("no type for timestamps written as {other}"),
        },
        Kind::List => format!("Vec<{}>", type_of(scope, inner(name, shape.member.as_ref())?)?),
        Kind::Map => format!("BTreeMap<String, {}>", type_of(scope, inner(name, shape.value.as_ref())?)?),
    };
    Ok(if shape.sensitive { format!("Sensitive<{plain}>") } else { plain })
}

/// The type of a structure's member, boxed where the structure would hold itself.
pub(crate) fn member_type(scope: &Scope<'_>, structure: &str, member: &Member) -> Result<String> {
    let plain = type_of(scope, &member.shape)?;
    let recursive = partition::holds(scope.model, &member.shape, structure);
    Ok(if recursive { format!("Box<{plain}>") } else { plain })
}

/// The rule of values of this shape, as an expression.
pub(crate) fn rule_of(scope: &Scope<'_>, name: &str) -> Result<String> {
    let shape = scope.model.shape(name)?;
    Ok(if is_ruled(scope, name, shape)? {
        format!("&rules::{}", names::static_name(name))
    } else {
        "&ANY".to_owned()
    })
}

/// Whether values of this shape, or what they hold without a type of its own, are constrained.
pub(crate) fn is_ruled(scope: &Scope<'_>, name: &str, shape: &Shape) -> Result<bool> {
    let pattern = shape.pattern.is_some() && !relaxations::drops_pattern(name);
    let own = pattern || shape.min.is_some() || shape.max.is_some();
    match shape.kind {
        Kind::Structure | Kind::Timestamp | Kind::Boolean => Ok(false),
        Kind::String if shape.values.is_some() => Ok(false),
        Kind::List | Kind::Map => {
            let mut ruled = own;
            for part in [&shape.key, &shape.member, &shape.value].into_iter().flatten() {
                ruled |= is_ruled(scope, &part.shape, scope.model.shape(&part.shape)?)?;
            }
            Ok(ruled)
        }
        _ => Ok(own),
    }
}

fn inner<'a>(name: &str, reference: Option<&'a crate::codegen::model::Reference>) -> Result<&'a str> {
    match reference {
        Some(reference) => Ok(&reference.shape),
        None => bail!("{name} does not say what it holds"),
    }
}
