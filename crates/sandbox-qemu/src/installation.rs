//! What is installed on this machine: QEMU.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sandbox::SandboxError;
use tokio::process::Command;

/// A QEMU that was found.
#[derive(Clone, Debug)]
pub(crate) struct Qemu {
    pub(crate) program: PathBuf,
    /// Its version and build, such as `7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`.
    pub(crate) version: String,
}

impl Qemu {
    /// Finds it and asks for its version.
    pub(crate) async fn find(name: &Path) -> Result<Self, SandboxError> {
        let missing = |reason: &str| {
            SandboxError::NotInstalled(format!(
                "{} cannot be used: install the package qemu-system-x86 ({reason})",
                name.display()
            ))
        };
        let program = locate(name).ok_or_else(|| missing("it is not in PATH"))?;
        let output = Command::new(&program).arg("--version").stdin(Stdio::null()).kill_on_drop(true).output();
        let output = output.await.map_err(|error: io::Error| missing(&error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.lines().next().and_then(|line| line.split_once("version "));
        let (_, version) = version.ok_or_else(|| missing("it does not tell its version"))?;
        Ok(Self { program, version: version.trim().to_owned() })
    }

    /// The version without the build.
    pub(crate) fn short_version(&self) -> &str {
        self.version.split_whitespace().next().unwrap_or(&self.version)
    }
}

/// Looks a plain name up in `PATH`; a path stands for itself.
fn locate(name: &Path) -> Option<PathBuf> {
    if name.components().count() > 1 {
        return name.is_file().then(|| name.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
}
