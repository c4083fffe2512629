//! Rows as values of a type: a space whose rows are the JSON of `T`.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::key::{Key, KeyRange, Space};
use crate::row::{Expect, Revision, Row, Write};
use crate::{Store, StoreError};

/// A space whose rows hold a `T` each. Meant to be a constant of the service that owns the space.
pub struct Table<T> {
    space: Space,
    row: PhantomData<fn() -> T>,
}

/// A row read through a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<T> {
    /// Its key.
    pub key: Key,
    /// Its content.
    pub value: T,
    /// Which commit wrote it.
    pub revision: Revision,
}

impl<T> Table<T> {
    /// The rows of `space`, each a `T`.
    pub const fn new(space: Space) -> Self {
        Self { space, row: PhantomData }
    }

    /// The space.
    pub const fn space(&self) -> Space {
        self.space
    }

    /// Removes a row.
    pub fn delete(&self, key: Key, expect: Expect) -> Write {
        Write::Delete { space: self.space, key, expect }
    }

    /// Demands something of a row.
    pub fn check(&self, key: Key, expect: Expect) -> Write {
        Write::Check { space: self.space, key, expect }
    }
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    /// The row under `key`, if there is one.
    pub async fn get(&self, store: &dyn Store, key: &Key) -> Result<Option<Entry<T>>, StoreError> {
        store.get(self.space, key).await?.map(|row| self.read(row)).transpose()
    }

    /// The row under each of these keys, if there is one, in their order and all as of one moment.
    pub async fn get_many(
        &self,
        store: &dyn Store,
        keys: &[Key],
    ) -> Result<Vec<Option<Entry<T>>>, StoreError> {
        let rows = store.get_many(self.space, keys).await?;
        rows.into_iter().map(|row| row.map(|row| self.read(row)).transpose()).collect()
    }

    /// At most `limit` rows of `range`, in the order of their keys.
    pub async fn list(
        &self,
        store: &dyn Store,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<Entry<T>>, StoreError> {
        let rows = store.range(self.space, range, limit).await?;
        rows.into_iter().map(|row| self.read(row)).collect()
    }

    /// Stores a row.
    pub fn put(&self, key: Key, value: &T, expect: Expect) -> Write {
        let value = serde_json::to_vec(value).expect("a row type has string keys and plain fields");
        Write::Put { space: self.space, key, value: value.into(), expect }
    }

    fn read(&self, row: Row) -> Result<Entry<T>, StoreError> {
        match serde_json::from_slice(&row.value) {
            Ok(value) => Ok(Entry { key: row.key, value, revision: row.revision }),
            Err(error) => {
                Err(StoreError::Damaged(format!("row {} of {}: {error}", row.key, self.space.name())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Batch;
    use crate::memory::MemoryStore;

    const NUMBERS: Table<u32> = Table::new(Space::new("numbers"));

    #[tokio::test]
    async fn what_was_put_comes_back_with_its_revision() {
        let store = MemoryStore::new();
        let batch = Batch::new().and(NUMBERS.put(Key::of(["a"]), &7, Expect::Absent));
        let revision = store.commit(batch).await.unwrap();
        let expected = Entry { key: Key::of(["a"]), value: 7, revision };
        assert_eq!(NUMBERS.get(&store, &Key::of(["a"])).await.unwrap(), Some(expected.clone()));
        assert_eq!(NUMBERS.list(&store, &KeyRange::all(), 9).await.unwrap(), [expected]);
    }

    #[tokio::test]
    async fn a_row_that_is_no_t_is_damaged() {
        let store = MemoryStore::new();
        let batch = Batch::new().put(NUMBERS.space(), Key::of(["a", "b"]), "\"text\"", Expect::Any);
        store.commit(batch).await.unwrap();
        let error = NUMBERS.get(&store, &Key::of(["a", "b"])).await.unwrap_err();
        let StoreError::Damaged(what) = error else { panic!("{error}") };
        assert!(what.starts_with("row a/b of numbers: "), "{what}");
    }
}
