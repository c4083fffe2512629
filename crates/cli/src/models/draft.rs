//! The models file as somebody wrote it, changed a little.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use config::ModelsFile;
use toml_edit::{DocumentMut, Item, Table};

/// A models file that is being changed: comments, order and spelling of what was there stay.
pub(super) struct Draft {
    path: PathBuf,
    before: String,
    document: DocumentMut,
}

impl Draft {
    /// The file at `path`, or an empty one.
    pub(super) fn open(path: PathBuf) -> Result<Self> {
        let before = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        };
        // What is wrong before the change is told as what it is.
        ModelsFile::parse(&before, &path)?;
        let document = before.parse().with_context(|| format!("{} is no TOML", path.display()))?;
        Ok(Self { path, before, document })
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The table of all entries of a kind, such as `providers`.
    pub(super) fn entries(&mut self, kind: &str) -> Result<&mut Table> {
        let item = self.document.entry(kind).or_insert_with(|| {
            let mut entries = Table::new();
            entries.set_implicit(true);
            Item::Table(entries)
        });
        let path = self.path.display();
        item.as_table_mut()
            .with_context(|| format!("{path}: write `{kind}` as [{kind}.…] tables to add to it"))
    }

    /// Writes the file, if a server can use it, in one step. Returns the lines that are new.
    pub(super) fn write(self) -> Result<Vec<String>> {
        let after = self.document.to_string();
        ModelsFile::parse(&after, &self.path)?;
        let new = new_lines(&self.before, &after);
        let path = &self.path;
        replace(path, &after).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(new)
    }
}

/// Lines of `after` that `before` does not have.
fn new_lines(before: &str, after: &str) -> Vec<String> {
    let mut old: Vec<&str> = before.lines().collect();
    let mut new = Vec::new();
    for line in after.lines() {
        match old.iter().position(|known| *known == line) {
            Some(place) => drop(old.remove(place)),
            None => new.push(line.to_owned()),
        }
    }
    new.retain(|line| !line.is_empty());
    new
}

/// A reader finds the old text or the new one, never half of it; a link stays one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let draft = path.with_extension(format!("new-{}", std::process::id()));
    let written = (|| {
        let mut file = File::create_new(&draft)?;
        if let Ok(metadata) = fs::metadata(&path) {
            file.set_permissions(metadata.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    })();
    if written.is_err() {
        // The error that matters is the one above; a draft that stays is only litter.
        let _ = fs::remove_file(&draft);
    }
    written?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_told() {
        assert_eq!(new_lines("a\nb\na\n", "a\nc\n\nb\na\na\n"), ["c", "a"]);
    }
}
