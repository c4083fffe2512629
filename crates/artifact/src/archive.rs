//! Where everything in a zip lies, as one reading that leaves no room for a second.

mod central;
mod content;
mod end;
mod fields;
mod layout;
mod source;

pub(crate) use central::{Entry, Kind};
pub(crate) use source::Source;

use crate::{ArtifactError, Limits};

/// All entries of the archive, placed, with no two of them sharing a byte.
pub(crate) fn read(source: &Source<'_>, limits: &Limits) -> Result<Vec<Entry>, ArtifactError> {
    let end = end::find(source)?;
    let mut entries = central::read(source, &end, limits)?;
    layout::place(source, &mut entries, end.offset)?;
    Ok(entries)
}
