//! Packing a tree into a read-only image.

use std::ffi::OsStr;
use std::path::Path;

use crate::error::ImageError;
use crate::progress::Tell;
use crate::tool::Tool;

const MKFS: Tool = Tool { name: "mkfs.erofs", package: "erofs-utils" };

/// The same for every image, so that the same tree gives the same bytes.
const UUID: &str = "00000000-0000-4000-8000-000000000000";

/// Packs `tree` into `image`, uncompressed: under emulation decompressing costs more than reading.
pub(crate) fn pack(tree: &Path, image: &Path, owners: bool, tell: Tell<'_>) -> Result<(), ImageError> {
    let mut arguments = vec![OsStr::new("-T0"), OsStr::new("-x-1"), OsStr::new("-U"), OsStr::new(UUID)];
    if !owners {
        arguments.push(OsStr::new("--all-root"));
    }
    arguments.extend([image.as_os_str(), tree.as_os_str()]);
    MKFS.run(&arguments, tell)
}
