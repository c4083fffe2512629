//! Tags of any resource that has some; today those are the Runtime service's.

mod list;
mod tag;
mod untag;
