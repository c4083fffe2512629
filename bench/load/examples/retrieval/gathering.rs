//! An index that only gathers what it is told, so that it can be brought in in large steps, on the clock.

use std::sync::Mutex;

use search::{Change, CollectionInfo, CollectionName, Found, Query, SearchError, SearchIndex};
use search_local::LocalSearch;
use stdx::BoxFuture;
use tokio::sync::Notify;

pub(crate) struct Gathering {
    index: LocalSearch,
    gathered: Mutex<Option<(CollectionName, Vec<Change>)>>,
    more: Notify,
}

impl Gathering {
    pub(crate) fn before(index: LocalSearch) -> Self {
        Self { index, gathered: Mutex::default(), more: Notify::new() }
    }

    /// Waits until so many changes have come, and takes them.
    pub(crate) async fn take(&self, count: usize) -> (CollectionName, Vec<Change>) {
        loop {
            let enough = |(_, changes): &mut (_, Vec<Change>)| changes.len() >= count;
            if let Some(gathered) = self.gathered.lock().unwrap().take_if(enough) {
                return gathered;
            }
            self.more.notified().await;
        }
    }

    /// Brings changes in.
    pub(crate) async fn bring_in(&self, collection: &CollectionName, changes: Vec<Change>) {
        self.index.write(collection, changes).await.unwrap();
    }
}

impl SearchIndex for Gathering {
    fn write<'a>(
        &'a self,
        collection: &'a CollectionName,
        changes: Vec<Change>,
    ) -> BoxFuture<'a, Result<(), SearchError>> {
        let mut gathered = self.gathered.lock().unwrap();
        gathered.get_or_insert_with(|| (collection.clone(), Vec::new())).1.extend(changes);
        self.more.notify_one();
        Box::pin(std::future::ready(Ok(())))
    }

    fn search<'a>(
        &'a self,
        collection: &'a CollectionName,
        query: Query,
    ) -> BoxFuture<'a, Result<Found, SearchError>> {
        self.index.search(collection, query)
    }

    fn describe<'a>(
        &'a self,
        collection: &'a CollectionName,
    ) -> BoxFuture<'a, Result<Option<CollectionInfo>, SearchError>> {
        self.index.describe(collection)
    }

    fn remove<'a>(&'a self, collection: &'a CollectionName) -> BoxFuture<'a, Result<(), SearchError>> {
        self.index.remove(collection)
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<CollectionName>, SearchError>> {
        self.index.collections()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.index.close()
    }
}
