//! The file system tools of the host.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use sandbox::SandboxError;
use tokio::process::Command;

use crate::home::failed;

/// Packs a tree read-only. Everything belongs to root; permissions stay.
pub(crate) async fn make_erofs(image: &Path, tree: &Path) -> Result<(), SandboxError> {
    let mut command = Command::new("mkfs.erofs");
    command.args(["--quiet", "--all-root", "-T0", "-x-1"]).arg(image).arg(tree);
    run(command, "mkfs.erofs", "erofs-utils").await
}

/// Formats a file of the right size. No journal: the disk does not outlive its machine.
pub(crate) async fn make_ext4(image: &Path) -> Result<(), SandboxError> {
    let mut command = Command::new("mkfs.ext4");
    command
        .args(["-q", "-F", "-m", "0", "-O", "^has_journal,^metadata_csum"])
        .args(["-E", "lazy_itable_init=1,root_owner=0:0"])
        .arg(image);
    run(command, "mkfs.ext4", "e2fsprogs").await
}

/// Formats a file of the right size as a disk that outlives machines, and their sudden death.
pub(crate) async fn make_storage(image: &Path) -> Result<(), SandboxError> {
    let mut command = Command::new("mkfs.ext4");
    command
        .args(["-q", "-F", "-m", "0", "-O", "has_journal,^metadata_csum", "-J", "size=8"])
        .args(["-E", "lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0"])
        .arg(image);
    run(command, "mkfs.ext4", "e2fsprogs").await
}

async fn run(mut command: Command, tool: &str, package: &str) -> Result<(), SandboxError> {
    let path = std::env::var_os("PATH").unwrap_or_default().into_string().unwrap_or_default();
    // An ordinary user's search path lacks the system's tools.
    command.env("PATH", format!("{path}:/usr/sbin:/sbin")).env("LC_ALL", "C").kill_on_drop(true);
    let output = command.stdin(Stdio::null()).output().await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            SandboxError::NotInstalled(format!("{tool} is missing: install the package {package}"))
        }
        _ => failed(|| format!("running {tool}"))(error),
    })?;
    let words =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    judge(output.status, &words, tool)
}

fn judge(status: ExitStatus, words: &str, tool: &str) -> Result<(), SandboxError> {
    if status.success() {
        return Ok(());
    }
    if words.contains("No space left on device") {
        return Err(SandboxError::DiskFull);
    }
    let source = io::Error::other(format!("{status}: {}", words.trim()));
    Err(SandboxError::Failed { context: format!("running {tool}"), source })
}
