//! The object store as Bedrock's operations see it.

use std::sync::Arc;

use bedrock_plane::{LONGEST_OBJECT, ObjectSource};
use bytes::Bytes;
use fault::{Fault, Result, ValidationReason};
use s3_door::Objects;
use stdx::BoxFuture;
use store::Blobs;

/// Pictures and documents in our own object store.
pub(crate) struct StoredObjects {
    pub(crate) objects: Objects,
    pub(crate) blobs: Arc<dyn Blobs>,
}

impl ObjectSource for StoredObjects {
    fn read<'a>(&'a self, bucket: &'a str, key: &'a str) -> BoxFuture<'a, Result<Option<Bytes>>> {
        Box::pin(async move {
            let Some(object) = self.objects.find(bucket, key).await? else { return Ok(None) };
            if object.length > LONGEST_OBJECT {
                let message = format!("The object {key:?} is longer than {LONGEST_OBJECT} bytes.");
                return Err(Fault::invalid(ValidationReason::FieldValidationFailed, message));
            }
            let content = self.blobs.read(&object.digest, 0, None).await?;
            let longest = usize::try_from(LONGEST_OBJECT).unwrap_or(usize::MAX);
            Ok(Some(content.collect(longest).await.map_err(Fault::internal)?))
        })
    }
}
