//! What a deployment needs to know of an unpacked tree.

use std::fs;
use std::path::Path;

use crate::Limits;
use crate::name::Name;

/// Where `opentelemetry-instrument`'s package lies once it is vendored.
const INSTRUMENTATION: &str = "opentelemetry/instrumentation/auto_instrumentation";

/// Facts about an unpacked tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The entry file exists.
    pub entry_file: bool,
    /// OpenTelemetry's automatic instrumentation is among the vendored packages.
    pub instrumentation: bool,
}

/// Looks at a tree that [`unpack`](crate::unpack) wrote. `entry_file` is a path below its top; one that leads
/// elsewhere does not exist.
pub fn inspect(tree: &Path, entry_file: &str) -> Facts {
    // Links were checked when the tree was written, so following them stays inside.
    let name = Name::parse(entry_file.as_bytes(), &Limits::default()).ok().flatten();
    let is_file = |name: Name| fs::metadata(tree.join(name.as_str())).is_ok_and(|found| found.is_file());
    Facts {
        entry_file: name.is_some_and(is_file),
        instrumentation: fs::metadata(tree.join(INSTRUMENTATION)).is_ok_and(|found| found.is_dir()),
    }
}
