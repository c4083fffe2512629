//! From a checked archive to files.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::archive::{self, Entry, Kind, Source};
use crate::tree::{Builder, Directory, Node, check_links};
use crate::{ArtifactError, Limits};

const LONGEST_TARGET: u64 = 1024;

/// What was unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unpacked {
    /// How many files and links.
    pub files: u64,
    /// The bytes of all files together.
    pub bytes: u64,
}

/// Unpacks `zip` into the new directory `into`, or leaves nothing.
///
/// `into` must not exist while its parent does; on any error it is gone again. Directories and executable files
/// get mode 0755, other files 0644, whatever the archive asks for: the code runs as a user of its own and
/// must be readable for it. Blocks on the disk and on decompression for as long as that takes.
pub fn unpack(zip: &Path, into: &Path, limits: &Limits) -> Result<Unpacked, ArtifactError> {
    let file = File::open(zip).map_err(ArtifactError::Read)?;
    let source = Source::new(&file)?;
    if source.length > limits.zipped {
        return Err(ArtifactError::Zipped { bytes: source.length, limit: limits.zipped });
    }
    let entries = archive::read(&source, limits)?;
    let tree = grow(&source, &entries, limits)?;
    check_links(&tree)?;

    fs::create_dir(into).map_err(ArtifactError::Write)?;
    let leftovers = RemoveOnDrop(Some(into));
    let unpacked = write(&source, &entries, &tree, into, limits)?;
    leftovers.keep();
    Ok(unpacked)
}

/// The tree that the entries make, with what each link says.
fn grow(source: &Source<'_>, entries: &[Entry], limits: &Limits) -> Result<Directory, ArtifactError> {
    let mut builder = Builder::new(limits);
    let mut links = 0;
    for entry in entries {
        let mut target = None;
        if entry.kind == Kind::Link {
            links += 1;
            if links > limits.links {
                return Err(ArtifactError::TooMany { what: "links", limit: limits.links });
            }
            target = Some(link_target(source, entry)?);
        }
        builder.add(entry, target)?;
    }
    Ok(builder.finish())
}

fn link_target(source: &Source<'_>, entry: &Entry) -> Result<String, ArtifactError> {
    if entry.size == 0 || entry.size > LONGEST_TARGET {
        return Err(entry.damaged("a link's target has 1 to 1024 bytes"));
    }
    let mut target = Vec::new();
    entry.copy(source, &mut target)?;
    String::from_utf8(target)
        .ok()
        .filter(|target| !target.contains(char::is_control))
        .ok_or_else(|| entry.damaged("a link's target has to be printable UTF-8"))
}

/// Directories first and links last, so that nothing is ever written through a link.
fn write(
    source: &Source<'_>,
    entries: &[Entry],
    tree: &Directory,
    into: &Path,
    limits: &Limits,
) -> Result<Unpacked, ArtifactError> {
    fs::set_permissions(into, Permissions::from_mode(0o755)).map_err(ArtifactError::Write)?;
    let mut path = into.to_owned();
    make_directories(tree, &mut path).map_err(ArtifactError::Write)?;
    let mut unpacked = Unpacked::default();
    for entry in entries {
        let Kind::File { executable } = entry.kind else { continue };
        let mut file = create(&into.join(entry.name.as_str()), executable).map_err(ArtifactError::Write)?;
        unpacked.bytes += entry.copy(source, &mut file)?;
        unpacked.files += 1;
        if unpacked.bytes > limits.unpacked {
            return Err(ArtifactError::Unpacked { limit: limits.unpacked });
        }
    }
    unpacked.files += make_links(tree, &mut path).map_err(ArtifactError::Write)?;
    Ok(unpacked)
}

fn make_directories(directory: &Directory, path: &mut PathBuf) -> io::Result<()> {
    for (name, node) in directory {
        if let Node::Directory(inner) = node {
            path.push(name);
            fs::create_dir(&path)?;
            fs::set_permissions(&path, Permissions::from_mode(0o755))?;
            make_directories(inner, path)?;
            path.pop();
        }
    }
    Ok(())
}

fn create(path: &Path, executable: bool) -> io::Result<File> {
    let mode = if executable { 0o755 } else { 0o644 };
    let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    // The process's umask may have taken bits away.
    file.set_permissions(Permissions::from_mode(mode))?;
    Ok(file)
}

fn make_links(directory: &Directory, path: &mut PathBuf) -> io::Result<u64> {
    let mut made = 0;
    for (name, node) in directory {
        path.push(name);
        match node {
            Node::Directory(inner) => made += make_links(inner, path)?,
            Node::Link(target) => {
                symlink(target, &path)?;
                made += 1;
            }
            Node::File => {}
        }
        path.pop();
    }
    Ok(made)
}

/// Removes the directory again unless told to keep it. `remove_dir_all` does not follow links.
struct RemoveOnDrop<'a>(Option<&'a Path>);

impl RemoveOnDrop<'_> {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for RemoveOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.0 {
            // Nothing better can be done in here; the error that led here is on its way to the caller.
            let _ = fs::remove_dir_all(path);
        }
    }
}
