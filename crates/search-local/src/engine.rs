//! The port: what is asked is done on threads that may wait, so many at once.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use search::{Change, CollectionInfo, CollectionName, Found, Mode, Query, SearchError, SearchIndex};
use stdx::BoxFuture;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::error::Cause;
use crate::options::Options;
use crate::shelf::Shelf;

/// Collections in a directory.
pub struct LocalSearch {
    shelf: Arc<Shelf>,
    turns: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl LocalSearch {
    /// An engine on this directory, which it makes if there is none. No two may use one at once.
    pub fn open(options: Options) -> io::Result<Self> {
        let turns = Arc::new(Semaphore::new(options.at_once));
        Ok(Self { shelf: Arc::new(Shelf::new(options)?), turns, tasks: TaskTracker::new() })
    }

    /// Does something to a collection on a thread of its own. It is done to its end even if nobody waits for it.
    async fn run<T: Send + 'static>(
        &self,
        name: &CollectionName,
        job: impl FnOnce(&Shelf, &CollectionName) -> Result<T, Cause> + Send + 'static,
    ) -> Result<T, SearchError> {
        let failed = |what: &str| SearchError::Failed { collection: name.clone(), what: what.to_owned() };
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| failed("the index is closed"))?;
        let (shelf, name) = (self.shelf.clone(), name.clone());
        let here = name.clone();
        let done = self.tasks.spawn_blocking(move || {
            let _turn = turn;
            attempt(&shelf, &name, job)
        });
        done.await.unwrap_or_else(|error| {
            Err(SearchError::Failed { collection: here, what: format!("its thread ended early: {error}") })
        })
    }
}

/// Files that are not what they should be may make the engine panic, too.
fn attempt<T>(
    shelf: &Shelf,
    name: &CollectionName,
    job: impl FnOnce(&Shelf, &CollectionName) -> Result<T, Cause>,
) -> Result<T, SearchError> {
    let done = panic::catch_unwind(AssertUnwindSafe(|| job(shelf, name)));
    let result = match done {
        Ok(result) => result.map_err(|cause| cause.of(name, &shelf.directory(name))),
        Err(_) => {
            let what = "its files made the engine panic".to_owned();
            Err(SearchError::Damaged { collection: name.clone(), what })
        }
    };
    if matches!(result, Err(SearchError::Damaged { .. })) {
        shelf.forget(name, None);
    }
    result
}

impl SearchIndex for LocalSearch {
    fn write<'a>(
        &'a self,
        collection: &'a CollectionName,
        changes: Vec<Change>,
    ) -> BoxFuture<'a, Result<(), SearchError>> {
        Box::pin(async move {
            if changes.is_empty() {
                return Ok(());
            }
            let write = move |shelf: &Shelf, name: &CollectionName| {
                shelf.write(name, |collection| collection.write(&changes))
            };
            self.run(collection, write).await
        })
    }

    fn search<'a>(
        &'a self,
        collection: &'a CollectionName,
        query: Query,
    ) -> BoxFuture<'a, Result<Found, SearchError>> {
        let find = move |shelf: &Shelf, name: &CollectionName| match shelf.find(name)? {
            Some(collection) => collection.find(&query),
            None => Ok(Found { hits: Vec::new(), mode: Mode::Lexical, exact: true }),
        };
        Box::pin(self.run(collection, find))
    }

    fn describe<'a>(
        &'a self,
        collection: &'a CollectionName,
    ) -> BoxFuture<'a, Result<Option<CollectionInfo>, SearchError>> {
        let describe = |shelf: &Shelf, name: &CollectionName| {
            let found = shelf.find(name)?.filter(|collection| collection.is_committed());
            found.map(|collection| collection.describe()).transpose()
        };
        Box::pin(self.run(collection, describe))
    }

    fn remove<'a>(&'a self, collection: &'a CollectionName) -> BoxFuture<'a, Result<(), SearchError>> {
        Box::pin(self.run(collection, Shelf::remove))
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<CollectionName>, SearchError>> {
        Box::pin(async move {
            let all = CollectionName::parse("all").expect("a constant name");
            self.run(&all, |shelf, _| shelf.names()).await
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.turns.close();
            self.tasks.close();
            self.tasks.wait().await;
            let shelf = self.shelf.clone();
            // Nothing is lost with it: every write was committed before it was answered.
            let _ = tokio::task::spawn_blocking(move || shelf.close()).await;
        })
    }
}
