//! What is remembered: records, in the places that their namespaces name.

mod write;

pub(crate) use write::RecordChange;
