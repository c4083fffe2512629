//! After a start: ends and removes what an earlier server left behind.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use sandbox::{Keep, LayerName, Recovered, SandboxId, SnapshotName, StorageName, TemplateName};

use crate::command_line::NAME_PREFIX;
use crate::home::{Home, remove};
use crate::owner::{Owner, Process};
use crate::storages;

/// Ends every leftover sandbox, then removes every file that nobody asked to keep.
pub(crate) async fn recover(home: &Home, keep: &Keep) -> io::Result<Recovered> {
    let mut recovered = Recovered { ended: end_leftovers(home).await?, ..Recovered::default() };
    for path in entries(&home.templates())? {
        match kept(&path, "", &keep.templates, TemplateName::parse) {
            Some(name) => recovered.templates.push(name),
            None => {
                remove(&path)?;
                recovered.removed += 1;
            }
        }
    }
    for path in entries(&home.layers())? {
        if kept(&path, ".erofs", &keep.layers, LayerName::parse).is_none() {
            remove(&path)?;
            recovered.removed += 1;
        }
    }
    for path in entries(&home.snapshots())? {
        if kept(&path, "", &keep.snapshots, SnapshotName::parse).is_none() {
            remove(&path)?;
            recovered.removed += 1;
        }
    }
    for path in entries(&home.storages())? {
        if kept(&path, storages::SUFFIX, &keep.storages, StorageName::parse).is_none() {
            remove(&path)?;
            recovered.removed += 1;
        }
    }
    recovered.templates.sort();
    Ok(recovered)
}

async fn end_leftovers(home: &Home) -> io::Result<Vec<SandboxId>> {
    let mut ended = BTreeSet::new();
    // By their command lines: finds even one whose owner row was never completed.
    for (process, directory) in running(&home.sandboxes()) {
        let still_ours = |pid| directory_of(pid, &home.sandboxes()).is_some();
        if process.kill(still_ours).await? {
            ended.extend(id_of(&directory));
        }
    }
    for directory in entries(&home.sandboxes())? {
        if let Ok(Owner { server, vmm, .. }) = Owner::read(&directory) {
            tracing::info!(directory = %directory.display(), server, ?vmm, "removing a leftover sandbox");
        }
        remove(&directory)?;
        ended.extend(id_of(&directory));
    }
    Ok(ended.into_iter().collect())
}

fn id_of(directory: &Path) -> Option<SandboxId> {
    SandboxId::parse(directory.file_name()?.to_str()?)
}

/// The machines whose command line names a directory in `sandboxes`.
fn running(sandboxes: &Path) -> Vec<(Process, PathBuf)> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(|pid| Some((Process::of(pid).ok()?, directory_of(pid, sandboxes)?))).collect()
}

/// The directory in `sandboxes` that the process's command line names as its own.
fn directory_of(pid: u32, sandboxes: &Path) -> Option<PathBuf> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let mut arguments = line.split(|byte| *byte == 0);
    let name = arguments.find_map(|argument| argument.strip_prefix(NAME_PREFIX.as_bytes()))?;
    let directory = PathBuf::from(OsStr::from_bytes(name).to_str()?.replace(",,", ","));
    directory.starts_with(sandboxes).then_some(directory)
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect()
}

fn kept<N: PartialEq>(path: &Path, suffix: &str, keep: &[N], parse: impl Fn(&str) -> Option<N>) -> Option<N> {
    let name = path.file_name()?.to_str()?.strip_suffix(suffix)?;
    parse(name).filter(|name| keep.contains(name))
}
