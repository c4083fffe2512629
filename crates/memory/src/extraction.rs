//! Learning: what strategies make of events.
//!
//! ```text
//!  create_event, ingest ──▶ pending row ──▶ watch.rs    whose turn is it? by messages, tokens, idle time
//!                                             │
//!                                           worker.rs   the task that learns
//!                                             │
//!                                           look.rs     what is due in a session? one look at a time
//!                                             │
//!                                           run.rs      a strategy's run over pending rows, as jobs by partition
//!                                             │
//!                     learn.rs  summary.rs  episodes.rs  deliver.rs     what kinds of strategies do
//!                                             │
//!                            one batch: records, how far the strategy is, failed jobs
//! ```
//!
//! A session is looked at by one task at a time, so a strategy sees it in order. What a run made and how far the
//! strategy is with it is written in one batch, with a check that what it was made from is still there: a crash
//! anywhere repeats questions to models, and nothing else. A job that fails is kept with what it is to be made from,
//! and the session goes on; [`Memory::restart_job`] has it made again.
//!
//! [`Memory::restart_job`]: crate::Memory::restart_job

mod ask;
mod deliver;
mod episodes;
mod expire;
mod forget;
mod history;
mod ingest;
mod job;
mod jobs;
mod learn;
mod look;
mod material;
mod meaning;
mod reflect;
mod restart;
mod rows;
mod run;
mod schema;
mod state;
mod summary;
mod trigger;
mod turns;
mod watch;
mod worker;
mod write;

pub use ingest::Ingest;
pub use jobs::{FailedJob, JobFilter, JobPage, SourceMessage};

pub(crate) use deliver::{Conversation, Deliver};
pub(crate) use forget::gone;
pub(crate) use meaning::meaning;
pub(crate) use rows::SPACES;
pub(crate) use state::State;
