//! Rows and the batches that change them.

use bytes::Bytes;

use crate::key::{Key, Space};

/// The number of the commit that wrote a row last. Grows with every commit; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// One stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its key.
    pub key: Key,
    /// Its content; services store JSON.
    pub value: Bytes,
    /// Which commit wrote it.
    pub revision: Revision,
}

/// What a row must be for a write to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Anything or nothing.
    Any,
    /// No such row.
    Absent,
    /// A row, whatever its revision.
    Present,
    /// The row as of this revision.
    At(Revision),
}

impl Expect {
    /// Whether a row with this revision, or none, is as expected.
    pub fn holds(self, found: Option<Revision>) -> bool {
        match self {
            Self::Any => true,
            Self::Absent => found.is_none(),
            Self::Present => found.is_some(),
            Self::At(revision) => found == Some(revision),
        }
    }
}

/// One step of a batch.
#[derive(Clone, Debug)]
pub enum Write {
    /// Stores a row.
    Put {
        /// In this space,
        space: Space,
        /// under this key,
        key: Key,
        /// this content,
        value: Bytes,
        /// if the row is as expected.
        expect: Expect,
    },
    /// Removes a row. Removing what is not there is no error unless a row was expected.
    Delete {
        /// From this space,
        space: Space,
        /// the row under this key,
        key: Key,
        /// if it is as expected.
        expect: Expect,
    },
    /// Changes nothing but fails the batch unless the row is as expected.
    Check {
        /// In this space,
        space: Space,
        /// the row under this key
        key: Key,
        /// must be so.
        expect: Expect,
    },
}

impl Write {
    /// The row it is about.
    pub fn target(&self) -> (Space, &Key) {
        match self {
            Self::Put { space, key, .. }
            | Self::Delete { space, key, .. }
            | Self::Check { space, key, .. } => (*space, key),
        }
    }

    /// What that row must be.
    pub fn expect(&self) -> Expect {
        match self {
            Self::Put { expect, .. } | Self::Delete { expect, .. } | Self::Check { expect, .. } => *expect,
        }
    }
}

/// Writes that happen together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    writes: Vec<Write>,
}

impl Batch {
    /// No writes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row to store.
    #[must_use]
    pub fn put(mut self, space: Space, key: Key, value: impl Into<Bytes>, expect: Expect) -> Self {
        self.writes.push(Write::Put { space, key, value: value.into(), expect });
        self
    }

    /// Adds a row to remove.
    #[must_use]
    pub fn delete(mut self, space: Space, key: Key, expect: Expect) -> Self {
        self.writes.push(Write::Delete { space, key, expect });
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn check(mut self, space: Space, key: Key, expect: Expect) -> Self {
        self.writes.push(Write::Check { space, key, expect });
        self
    }

    /// Adds writes made elsewhere.
    #[must_use]
    pub fn with(mut self, writes: impl IntoIterator<Item = Write>) -> Self {
        self.writes.extend(writes);
        self
    }

    /// Adds one write made elsewhere.
    #[must_use]
    pub fn and(mut self, write: Write) -> Self {
        self.writes.push(write);
        self
    }

    /// The writes, in order.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }
}

impl IntoIterator for Batch {
    type Item = Write;
    type IntoIter = std::vec::IntoIter<Write>;

    fn into_iter(self) -> Self::IntoIter {
        self.writes.into_iter()
    }
}
