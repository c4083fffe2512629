//! An index that fails when a test wants it.

use std::ops::Deref;
use std::sync::Mutex;

use search::memory::MemoryIndex;
use search::{Change, CollectionInfo, CollectionName, Found, Query, SearchError, SearchIndex};
use stdx::BoxFuture;

/// An index in memory that can be full or damaged.
#[derive(Default)]
pub(crate) struct Flaky {
    index: MemoryIndex,
    trouble: Mutex<Trouble>,
}

#[derive(Default)]
struct Trouble {
    full: bool,
    damaged: Option<CollectionName>,
}

impl Flaky {
    /// From now on there is no room; or there is.
    pub(crate) fn fill_up(&self, full: bool) {
        self.trouble.lock().unwrap().full = full;
    }

    /// From now on the files of this collection cannot be read.
    pub(crate) fn damage(&self, collection: &CollectionName) {
        self.trouble.lock().unwrap().damaged = Some(collection.clone());
    }

    fn check(&self, collection: &CollectionName) -> Result<(), SearchError> {
        match &self.trouble.lock().unwrap().damaged {
            Some(damaged) if damaged == collection => Err(SearchError::Damaged {
                collection: collection.clone(),
                what: "a test wants it".to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl Deref for Flaky {
    type Target = MemoryIndex;

    fn deref(&self) -> &MemoryIndex {
        &self.index
    }
}

impl SearchIndex for Flaky {
    fn write<'a>(
        &'a self,
        collection: &'a CollectionName,
        changes: Vec<Change>,
    ) -> BoxFuture<'a, Result<(), SearchError>> {
        Box::pin(async move {
            if self.trouble.lock().unwrap().full {
                return Err(SearchError::DiskFull);
            }
            self.check(collection)?;
            self.index.write(collection, changes).await
        })
    }

    fn search<'a>(
        &'a self,
        collection: &'a CollectionName,
        query: Query,
    ) -> BoxFuture<'a, Result<Found, SearchError>> {
        Box::pin(async move {
            self.check(collection)?;
            self.index.search(collection, query).await
        })
    }

    fn describe<'a>(
        &'a self,
        collection: &'a CollectionName,
    ) -> BoxFuture<'a, Result<Option<CollectionInfo>, SearchError>> {
        Box::pin(async move {
            self.check(collection)?;
            self.index.describe(collection).await
        })
    }

    fn remove<'a>(&'a self, collection: &'a CollectionName) -> BoxFuture<'a, Result<(), SearchError>> {
        let damaged = &mut self.trouble.lock().unwrap().damaged;
        damaged.take_if(|damaged| damaged == collection);
        self.index.remove(collection)
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<CollectionName>, SearchError>> {
        SearchIndex::collections(&self.index)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.index.close()
    }
}
