//! A complete simulated sandbox engine for tests above the port: no process, no QEMU, no time but the clock's.
//!
//! A [`SimHost`] is the machine with its disk: layers, templates, snapshots, storages, and what runs. A [`SimEngine`] is one life of the
//! server on it; a second engine on the same host sees what the first one left, as after a crash. What runs inside
//! a sandbox is a [`SimProgram`], found by the file stem of one of the spec's arguments: `/var/task/crash.py` runs
//! the program registered as `crash`. Failures happen on command, see [`SimHost::fail_next`].

mod cell;
mod engine;
mod host;
mod program;
pub mod programs;
mod storages;

pub use engine::SimEngine;
pub use host::{SimFailure, SimHost, SimOptions, Step};
pub use program::{NoReply, SimMachine, SimProcess, SimProgram, reply};
