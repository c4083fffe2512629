//! Where the catalog comes from.

use std::sync::Mutex;

use crate::catalog::Catalog;

/// Where the catalog comes from. It is asked at the start and then on the way of calls, at most once a second.
pub trait Source: Send + Sync + 'static {
    /// What it says, or why that cannot be used; `None` if it says the same as when it was asked last. May block.
    fn read(&self) -> Option<Result<Catalog, String>>;
}

/// A catalog that never changes.
pub struct Fixed(Mutex<Option<Catalog>>);

impl Fixed {
    /// This one.
    pub fn new(catalog: Catalog) -> Self {
        Self(Mutex::new(Some(catalog)))
    }
}

impl Source for Fixed {
    fn read(&self) -> Option<Result<Catalog, String>> {
        self.0.lock().expect("no holder of the catalog's lock panics").take().map(Ok)
    }
}
