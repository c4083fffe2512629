//! What is remembered: records, in the places that their namespaces name.

mod create;
mod delete;
mod expiry;
mod list;
mod outcome;
mod read;
mod report;
mod retrieve;
mod schema;
mod scope;
mod sweep;
mod update;
mod uses;
mod write;

pub use create::NewRecord;
pub use delete::RecordRemoval;
pub use list::RecordPage;
pub use outcome::{Failure, Outcome};
pub use report::{Duplicate, Junk};
pub use retrieve::{Retrieval, Retrieved};
pub use scope::{Place, RecordQuery};
pub use update::RecordUpdate;

pub(crate) use scope::Wanted;
pub(crate) use uses::Tally;
pub(crate) use write::RecordChange;
