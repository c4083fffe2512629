//! A file of lines that is only ever appended to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A file of lines.
pub(super) struct Lines {
    path: PathBuf,
    /// One line at a time. Whoever takes the file away, as log rotation does, gets a new one made.
    turn: Arc<Mutex<()>>,
}

impl Lines {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, turn: Arc::default() }
    }

    /// Appends a line. When this returns it survives a crash of the machine.
    pub(super) async fn append(&self, line: String) -> Result<(), String> {
        let (path, turn) = (self.path.clone(), Arc::clone(&self.turn));
        let appended = tokio::task::spawn_blocking(move || {
            let _turn = turn.lock().expect("no holder of the file's turn panics");
            append(&path, &line)
        });
        let told = |error: &io::Error| format!("{} cannot be written: {error}", self.path.display());
        match appended.await {
            Ok(done) => done.map_err(|error| told(&error)),
            Err(error) => Err(told(&io::Error::other(error))),
        }
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    // What a crash or a full disk cut off stays a line of its own.
    let torn = !ends_a_line(&mut file)?;
    let line = format!("{}{line}\n", if torn { "\n" } else { "" });
    file.write_all(line.as_bytes())?;
    file.sync_data()?;
    match path.parent() {
        Some(directory) if is_new => File::open(directory)?.sync_all(),
        _ => Ok(()),
    }
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
