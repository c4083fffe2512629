//! Sessions: to see them, and to suspend, resume and end them by hand.

mod key;
mod list;
mod resume;
mod shape;
mod show;
mod stop;
mod suspend;

pub(crate) use key::{OfSession, account};
pub(crate) use list::ListSessions;
pub(crate) use resume::ResumeSession;
pub(crate) use shape::Session;
pub(crate) use show::GetSession;
pub(crate) use stop::StopSession;
pub(crate) use suspend::SuspendSession;
