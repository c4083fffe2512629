//! Collections by name. Some are open: those that were used last.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use search::CollectionName;

use crate::collection::{self, Collection, flush};
use crate::error::Cause;
use crate::options::Options;

/// What a directory is called while it is being removed. No collection has such a name.
const REMOVED: &str = ".removed-";

pub(crate) struct Shelf {
    options: Options,
    places: Mutex<HashMap<CollectionName, Arc<Place>>>,
    uses: AtomicU64,
}

/// Where a collection may be.
#[derive(Default)]
struct Place {
    held: Mutex<Held>,
    used: AtomicU64,
}

#[derive(Default)]
struct Held {
    collection: Option<Arc<Collection>>,
    /// Whether its files have been compared with their checksums since the start.
    verified: bool,
}

impl Shelf {
    /// Finishes what a crash left unfinished.
    pub(crate) fn new(options: Options) -> io::Result<Self> {
        fs::create_dir_all(&options.directory)?;
        for entry in fs::read_dir(&options.directory)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(REMOVED) {
                collection::remove(&entry.path())?;
            }
        }
        Ok(Self { options, places: Mutex::default(), uses: AtomicU64::new(0) })
    }

    pub(crate) fn directory(&self, name: &CollectionName) -> PathBuf {
        self.options.directory.join(name.as_str())
    }

    /// A collection, if there is one.
    pub(crate) fn find(&self, name: &CollectionName) -> Result<Option<Arc<Collection>>, Cause> {
        if !self.directory(name).try_exists()? {
            return Ok(None);
        }
        let place = self.place(name);
        let mut held = place.held();
        if held.collection.is_some() {
            return Ok(held.collection.clone());
        }
        let opened = Collection::open(&self.directory(name), &self.options, !held.verified)?.map(Arc::new);
        *held = Held { collection: opened.clone(), verified: true };
        drop(held);
        self.shed();
        Ok(opened)
    }

    /// A collection to write to.
    fn find_or_create(&self, name: &CollectionName) -> Result<Arc<Collection>, Cause> {
        if let Some(found) = self.find(name)? {
            return Ok(found);
        }
        let place = self.place(name);
        let mut held = place.held();
        if let Some(found) = &held.collection {
            return Ok(found.clone());
        }
        let made = Arc::new(Collection::create(&self.directory(name), &self.options)?);
        *held = Held { collection: Some(made.clone()), verified: true };
        Ok(made)
    }

    /// Does something to a collection to write to. If that fails, the collection is opened again for the next one.
    pub(crate) fn write<T>(
        &self,
        name: &CollectionName,
        mut job: impl FnMut(&Collection) -> Result<T, Cause>,
    ) -> Result<T, Cause> {
        loop {
            let collection = self.find_or_create(name)?;
            let done = job(&collection);
            if done.is_err() && (collection.is_retired() || !collection.is_committed()) {
                self.forget(name, Some(&collection));
            }
            drop(collection);
            self.shed();
            if !matches!(done, Err(Cause::Retired)) {
                return done;
            }
        }
    }

    /// Lets go of a collection, of this one or whichever it is; of one without a commit on the disk, too.
    pub(crate) fn forget(&self, name: &CollectionName, which: Option<&Arc<Collection>>) {
        let place = self.place(name);
        let mut held = place.held();
        let Some(collection) = &held.collection else { return };
        if which.is_none_or(|which| Arc::ptr_eq(which, collection)) {
            collection.retire();
            if !collection.is_committed()
                && let Err(error) = collection::remove(&self.directory(name))
            {
                tracing::warn!(%error, collection = %name, "what was begun of a search index could not be removed");
            }
            *held = Held { collection: None, verified: which.is_some() };
        }
    }

    /// Removes a collection, in whatever state it is.
    pub(crate) fn remove(&self, name: &CollectionName) -> Result<(), Cause> {
        let place = self.place(name);
        let mut held = place.held();
        if let Some(collection) = held.collection.take() {
            collection.retire();
        }
        *held = Held::default();
        let gone = self.options.directory.join(format!("{REMOVED}{name}"));
        collection::remove(&gone)?;
        match fs::rename(self.directory(name), &gone) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed?,
        }
        flush(&self.options.directory)?;
        Ok(collection::remove(&gone)?)
    }

    /// Every collection that was ever committed to.
    pub(crate) fn names(&self) -> Result<Vec<CollectionName>, Cause> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.options.directory)? {
            let entry = entry?;
            let name = entry.file_name().to_str().and_then(CollectionName::parse);
            names.extend(name.filter(|_| collection::exists(&entry.path())));
        }
        names.sort();
        Ok(names)
    }

    /// Lets go of everything.
    pub(crate) fn close(&self) {
        let places: Vec<_> = self.places().drain().map(|(_, place)| place).collect();
        for place in places {
            if let Some(collection) = place.held().collection.take() {
                collection.stop_writing();
            }
        }
    }

    /// Closes what was used longest ago, until there are no more open ones, and no more writers, than there may be.
    pub(crate) fn shed(&self) {
        let mut places: Vec<_> = self.places().values().cloned().collect();
        places.sort_unstable_by_key(|place| std::cmp::Reverse(place.used.load(Ordering::Relaxed)));
        let (mut collections, mut writers) = (0, 0);
        for place in places {
            // Whoever holds it is just opening or closing it, and looks after that itself.
            let Ok(mut held) = place.held.try_lock() else { continue };
            let Some(collection) = &held.collection else { continue };
            collections += 1;
            writers += usize::from(collection.has_writer());
            let unused = Arc::strong_count(collection) == 1;
            if unused && (collections > self.options.open_collections || writers > self.options.writers) {
                collection.stop_writing();
            }
            if unused && collections > self.options.open_collections {
                held.collection = None;
            }
        }
    }

    fn place(&self, name: &CollectionName) -> Arc<Place> {
        let place = self.places().entry(name.clone()).or_default().clone();
        place.used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        place
    }

    fn places(&self) -> MutexGuard<'_, HashMap<CollectionName, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
