//! What calls took: records, and what is made of them.
//!
//! A call takes a slot before it begins and gives it back when its record is in the store, so there is a place for each
//! record however slow the store is, and a call that cannot be accounted for is not made. A record's key is its own
//! for ever: writing it twice changes nothing.

pub(crate) mod keep;
pub(crate) mod ledger;
pub(crate) mod record;
pub(crate) mod summary;
pub(crate) mod tally;
pub(crate) mod writer;
