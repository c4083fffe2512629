//! The files that a model consists of, found and copied. Whatever else lies beside them stays there.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::PullError;

/// What is read of a model, and what says where it is from.
const FILES: [&str; 9] = [
    "config.json",
    "config_sentence_transformers.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "LICENSE",
    "LICENSE.txt",
    "README.md",
];
/// How many directories are looked at for one that is a model's.
const DIRECTORIES: usize = 1000;

/// The one directory in a tree that is a model's.
pub(super) fn find(tree: &Path) -> Result<PathBuf, PullError> {
    let (mut found, mut left) = (Vec::new(), VecDeque::from([tree.to_owned()]));
    let mut looked = 0;
    while let Some(directory) = left.pop_front() {
        looked += 1;
        if looked > DIRECTORIES {
            break;
        }
        if is_file(&directory.join("modules.json")) {
            found.push(directory);
            continue;
        }
        left.extend(directories(&directory)?);
    }
    match <[PathBuf; 1]>::try_from(found) {
        Ok([model]) => Ok(model),
        Err(others) => Err(PullError::Models(others.len())),
    }
}

/// Copies a model's files into a new directory. What they hold is looked at when the model is loaded from there.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), PullError> {
    fs::create_dir(to).map_err(PullError::Write)?;
    for file in FILES.iter().filter(|file| is_file(&from.join(file))) {
        copy_file(&from.join(file), &to.join(file))?;
    }
    // The pooling's configuration, in whatever directory modules.json says.
    for directory in directories(from)? {
        let configuration = directory.join("config.json");
        let Some(name) = directory.file_name().filter(|_| is_file(&configuration)) else { continue };
        fs::create_dir(to.join(name)).map_err(PullError::Write)?;
        copy_file(&configuration, &to.join(name).join("config.json"))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), PullError> {
    let mut source = File::open(from).map_err(|error| PullError::read(from, error))?;
    let mut copy = File::create_new(to).map_err(PullError::Write)?;
    io::copy(&mut source, &mut copy).map_err(PullError::Write)?;
    // The rename that follows must not be on the disk before this is.
    copy.sync_all().map_err(PullError::Write)
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// The directories in a directory, links not among them.
fn directories(parent: &Path) -> Result<Vec<PathBuf>, PullError> {
    let unread = |error| PullError::read(parent, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(parent).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        if entry.file_type().map_err(unread)?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}
