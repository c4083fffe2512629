//! S3's API over the store, for uploads by unmodified clients.
//!
//! Objects are rows that point to blobs. A key is never a path: it is the last segment of a row's key, so no key can
//! reach outside its bucket. The row and its claim on the blob are written in one batch; deleting the row releases
//! the claim.
//!
//! Absent on purpose: versions, ACLs, policies, tags, server-side encryption. A request for one of them is refused.

mod access;
mod activity;
mod checksums;
mod conditions;
mod content;
mod door;
mod errors;
mod listing;
mod multipart;
mod objects;
mod operations;
mod placing;
mod rows;
mod unsupported;

pub use access::Credentials;
pub use door::{BoxError, RequestBody, ResponseBody, S3Door, is_addressed};
pub use objects::{ObjectInfo, Objects, Setting};
pub use placing::PlaceError;
