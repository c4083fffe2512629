//! S3's API over the store, for uploads by unmodified clients.
