//! Where code comes from: the object store, as this service needs it.

use fault::Result;
use stdx::BoxFuture;
use store::{Digest, Write};

/// A code archive in an object store.
#[derive(Clone, Debug)]
pub struct CodeObject {
    /// Its content in the blob area.
    pub digest: Digest,
    /// Its size in bytes.
    pub length: u64,
    /// Fails a batch if the object has been changed or removed since: then the content may go, too.
    pub standing: Write,
}

/// Where code comes from: the object store, as this service sees it.
pub trait CodeSource: Send + Sync + 'static {
    /// Finds an object; `None` if there is none of that name.
    fn find<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Option<CodeObject>>>;
}
