//! Reading a model's files without trusting them: ordinary files only, and never more than expected.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::error::LoadError;

/// The most that a configuration file may have.
const CONFIGURATION: u64 = 1 << 20;

/// Opens an ordinary file of at most `limit` bytes, and says how many it has.
pub(crate) fn open(path: &Path, limit: u64) -> Result<(File, u64), LoadError> {
    // Looked at before it is opened: opening a pipe would wait for somebody to write into it.
    let found = fs::metadata(path).map_err(|source| not_read(path, source))?;
    if !found.is_file() {
        return Err(not_read(path, io::Error::other("it is no ordinary file")));
    }
    if found.len() > limit {
        return Err(LoadError::TooLarge { path: path.to_owned(), bytes: found.len(), limit });
    }
    let file = File::open(path).map_err(|source| not_read(path, source))?;
    Ok((file, found.len()))
}

/// A whole file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, LoadError> {
    let (file, length) = open(path, limit)?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(|source| not_read(path, source))?;
    Ok(bytes)
}

/// A configuration file's content.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, LoadError> {
    let bytes = read(path, CONFIGURATION)?;
    serde_json::from_slice(&bytes).map_err(|source| LoadError::Json { path: path.to_owned(), source })
}

/// The same, if there is such a file.
pub(crate) fn json_if_there<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, LoadError> {
    match json(path) {
        Ok(content) => Ok(Some(content)),
        Err(LoadError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn not_read(path: &Path, source: io::Error) -> LoadError {
    let path: PathBuf = path.to_owned();
    if source.kind() == io::ErrorKind::NotFound {
        return LoadError::Missing { path };
    }
    LoadError::Read { path, source }
}
