//! Lets a thing with children be removed only when none came meanwhile.
//!
//! A child's batch touches its parent's row here. Whoever removes the parent first observes the row, then looks at
//! the children, then commits the removal on the condition that the row is still as observed.

use store::{Expect, Key, Space, Store, StoreError, Write};

const ACTIVITY: Space = Space::new("s3-activity");

/// A thing with children.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parent<'a> {
    /// Holds objects and uploads.
    Bucket(&'a str),
    /// Holds parts.
    Upload(&'a str),
}

impl Parent<'_> {
    fn key(self) -> Key {
        match self {
            Self::Bucket(name) => Key::of(["bucket", name]),
            Self::Upload(id) => Key::of(["upload", id]),
        }
    }

    /// A child comes.
    pub(crate) fn touch(self) -> Write {
        Write::Put { space: ACTIVITY, key: self.key(), value: bytes::Bytes::new(), expect: Expect::Any }
    }

    /// What to demand when the parent goes, if no child comes from now on.
    pub(crate) async fn observe(self, store: &dyn Store) -> Result<Write, StoreError> {
        let key = self.key();
        let row = store.get(ACTIVITY, &key).await?;
        let expect = row.map_or(Expect::Absent, |row| Expect::At(row.revision));
        Ok(Write::Delete { space: ACTIVITY, key, expect })
    }
}
