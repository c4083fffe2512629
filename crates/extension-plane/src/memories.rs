//! Memories: to see what is in them and where it comes from, to search what was said, to follow what happens.

mod list;
mod name;
mod record;
mod reindex;
mod report;
mod search;
mod shape;
mod show;
mod tail;

pub(crate) use list::ListMemories;
pub(crate) use name::OfMemory;
pub(crate) use record::GetMemoryRecordOrigin;
pub(crate) use reindex::ReindexMemory;
pub(crate) use report::GetMemoryReport;
pub(crate) use search::SearchEvents;
pub(crate) use show::ShowMemory;
pub(crate) use tail::FollowMemory;
