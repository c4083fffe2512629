//! Everything that a server has written down, to see that nothing was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

/// The rows of the database and the files beside it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    rows: BTreeMap<(String, Vec<u8>), Vec<u8>>,
    files: Vec<PathBuf>,
}

impl Snapshot {
    /// Of a data directory, while its server runs.
    pub(crate) fn of(data: &Path) -> Self {
        let mut files = Vec::new();
        collect(data, &mut files);
        files.sort();
        Self { rows: rows(data), files }
    }
}

fn rows(data: &Path) -> BTreeMap<(String, Vec<u8>), Vec<u8>> {
    let database = data.join("store.db");
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut all = connection.prepare("SELECT space, key, value FROM rows").unwrap();
    let rows = all.query_map((), |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Files, the database's own aside: what is in that are the rows.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if !path.file_name().unwrap().to_string_lossy().starts_with("store.db") {
            files.push(path);
        }
    }
}
