//! The object store as the Runtime service sees it.

use fault::Result;
use runtime::{CodeObject, CodeSource};
use s3_door::Objects;
use stdx::BoxFuture;

/// Code in our own object store.
pub(crate) struct StoredCode(pub(crate) Objects);

impl CodeSource for StoredCode {
    fn find<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Option<CodeObject>>> {
        Box::pin(async move {
            let found = self.0.find(bucket, key).await?;
            Ok(found.map(|object| CodeObject {
                standing: object.unchanged(),
                digest: object.digest,
                length: object.length,
            }))
        })
    }
}
