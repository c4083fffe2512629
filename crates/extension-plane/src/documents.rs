//! Documents of memories: add, list, show and remove them.

mod delete;
mod list;
mod put;
mod shape;
mod show;
mod wanted;

pub(crate) use delete::DeleteDocument;
pub(crate) use list::ListDocuments;
pub(crate) use put::PutDocument;
pub(crate) use show::ShowDocument;
