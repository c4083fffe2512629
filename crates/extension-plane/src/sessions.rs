//! Sessions: to see them, and to suspend, resume and end them by hand.

mod key;
mod stop;

pub(crate) use key::OfSession;
pub(crate) use stop::StopSession;
