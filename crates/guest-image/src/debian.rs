//! Debian's packages, fetched and unpacked by mmdebstrap. No host is named here: mmdebstrap knows its own.

use std::path::Path;

use crate::error::ImageError;
use crate::progress::Tell;
use crate::tool::Tool;

const MMDEBSTRAP: Tool = Tool { name: "mmdebstrap", package: "mmdebstrap" };

/// On anything but Debian these keys are a package of their own.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Files that programs do not miss.
const LEFT_OUT: [&str; 5] = [
    "/usr/share/man/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/doc/*",
    "/usr/share/lintian/*",
];
/// What licences ask to be kept.
const KEPT: &str = "/usr/share/doc/*/copyright";

/// A set of packages as one archive.
pub(crate) struct Packages<'a> {
    /// The release, such as `bookworm`.
    pub(crate) suite: &'a str,
    /// Where from, as mmdebstrap takes them; empty for its own choice.
    pub(crate) sources: &'a [String],
    /// How much besides the packages: `minbase`, or `extract` for unpacking without running any script.
    pub(crate) variant: &'static str,
    /// Which.
    pub(crate) include: &'a [String],
}

/// Writes the archive to `target`.
pub(crate) fn fetch(packages: &Packages<'_>, target: &Path, tell: Tell<'_>) -> Result<(), ImageError> {
    if packages.sources.is_empty() && !Path::new(KEYRING).exists() {
        return Err(ImageError::MissingTool { tool: KEYRING, package: "debian-archive-keyring" });
    }
    let mut arguments = vec![
        format!("--variant={}", packages.variant),
        format!("--include={}", packages.include.join(",")),
        "--format=tar".to_owned(),
        "--architectures=amd64".to_owned(),
    ];
    if !rustix::process::geteuid().is_root() {
        if !Path::new("/usr/bin/newuidmap").exists() {
            return Err(ImageError::MissingTool { tool: "newuidmap", package: "uidmap" });
        }
        arguments.push("--mode=unshare".to_owned());
    }
    arguments.extend(LEFT_OUT.iter().map(|glob| format!("--dpkgopt=path-exclude={glob}")));
    arguments.push(format!("--dpkgopt=path-include={KEPT}"));
    arguments.extend([packages.suite.to_owned(), target.display().to_string()]);
    arguments.extend(packages.sources.iter().cloned());
    MMDEBSTRAP.run(&arguments, tell)
}
