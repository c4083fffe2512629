//! Sandboxes as QEMU microVMs.
//!
//! ```text
//! QemuEngine ── prepare ──▶ boot ─▶ ready ─▶ quiet ─▶ state saved ─▶ template directory
//!     │                                                                 │
//!     ├─── start ──▶ private mapping of its memory + overlay of its disk ┘─▶ QemuSandbox
//!     │                │                                                        │
//!     │                │       snapshot: pages and blocks that differ ◀─ suspend ┘
//!     └─── resume ─────┼──▶ the same, and what the snapshot has over it ──▶ QemuSandbox
//!                      │
//!                      Driver (one task a sandbox) owns process, monitor and directory,
//!                      and lives by `sandbox::machine`
//! ```
//!
//! For a template in use one machine is started ahead: restored, rehearsed, held. The next start takes it, and only
//! then does it learn who it is.
//!
//! One byte stream leads into each machine, carried by virtio-serial: a hello, then HTTP/2 ([`guest_protocol`]).
//! What is absent: a network. There is no device for it.

mod accounting;
mod claim;
mod command_line;
mod console;
mod driver;
mod engine;
mod guest;
mod home;
mod images;
mod installation;
mod link;
mod log;
mod meter;
mod options;
mod owner;
mod probe;
mod process;
mod qcow2;
mod qmp;
mod recover;
mod sandbox;
mod snapshot;
mod spare;
mod spares;
mod storages;
mod template;
pub mod thinning;
mod tools;
mod tsc;
mod users;
mod vmm;
mod who;

pub use engine::QemuEngine;
pub use options::{Acceleration, Patience, QemuOptions};
