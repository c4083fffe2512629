//! Process 1 of a Freehold guest.
//!
//! ```text
//! kernel ─▶ early (mounts, modules) ─▶ port ─▶ session ◀─┬─ Hello::Boot ─▶ root, program
//!                                                 │      ├─ Hello::Wake ─▶ identity
//!                                                 ▼      └─ freeze ─▶ Answer::Frozen
//!                                              service ─▶ proxy (the program) · control (process 1) · platform (the host)
//! ```
//!
//! Whatever it cannot cope with ends it, and with it the machine: the kernel panics when process 1 goes.

mod control;
mod disks;
mod early;
mod identity;
mod lo;
mod output;
mod platform;
mod port;
mod probe;
mod program;
mod proxy;
mod reaper;
mod root;
mod service;
mod session;
mod step;
mod storage;
mod traffic;
mod usage;

use std::io::Write;
use std::process::ExitCode;

use crate::step::{At, StepError};

fn main() -> ExitCode {
    let ended = run();
    let why = ended.map_or_else(|error| error.to_string(), |()| "nothing is left to do".to_owned());
    // The console is all there is to tell it to.
    let _ = writeln!(std::io::stderr(), "guest-agent: {why}");
    ExitCode::FAILURE
}

fn run() -> Result<(), StepError> {
    early::mounts()?;
    early::modules()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.at("start the runtime")?.block_on(async {
        let port = port::Port::open().at("open the host's port")?;
        session::run(port).await
    })
}
