//! The archive's files as a tree: every place taken once, and every link's way known.

mod links;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use crate::archive::{Entry, Kind};
use crate::error::printable;
use crate::{ArtifactError, Limits};

pub(crate) use links::check as check_links;

/// What a name leads to.
///
/// Names that differ only in case are different names: the host and the sandbox both run Linux, and real
/// packages ship `LICENSE` beside `license/`.
#[derive(Debug)]
pub(crate) enum Node {
    Directory(Directory),
    File,
    /// A link and its target as it is spelled.
    Link(String),
}

/// One directory's names.
pub(crate) type Directory = BTreeMap<String, Node>;

/// Grows from entries; counts what they need, including directories that no entry lists.
pub(crate) struct Builder<'a> {
    root: Directory,
    nodes: usize,
    limits: &'a Limits,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { root: Directory::new(), nodes: 0, limits }
    }

    /// Adds an entry; `target` is what a link points to.
    pub(crate) fn add(&mut self, entry: &Entry, target: Option<String>) -> Result<(), ArtifactError> {
        let both = || ArtifactError::FileAndDirectory { name: printable(entry.name.as_str().as_bytes()) };
        let mut directory = &mut self.root;
        let mut parts = entry.name.parts().peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let slot = directory.entry(part.to_owned());
            if let Slot::Vacant(_) = &slot {
                self.nodes += 1;
                if self.nodes > self.limits.entries {
                    let limit = self.limits.entries;
                    return Err(ArtifactError::TooMany { what: "files and directories", limit });
                }
            }
            if last && entry.kind != Kind::Directory {
                return match slot {
                    Slot::Vacant(slot) => {
                        slot.insert(target.map_or(Node::File, Node::Link));
                        Ok(())
                    }
                    Slot::Occupied(slot) if matches!(slot.get(), Node::Directory(_)) => Err(both()),
                    Slot::Occupied(_) => {
                        let name = printable(entry.name.as_str().as_bytes());
                        Err(ArtifactError::Twice { name })
                    }
                };
            }
            match slot.or_insert_with(|| Node::Directory(Directory::new())) {
                Node::Directory(inner) => directory = inner,
                Node::File | Node::Link(_) => return Err(both()),
            }
        }
        Ok(())
    }

    /// The finished tree.
    pub(crate) fn finish(self) -> Directory {
        self.root
    }
}
