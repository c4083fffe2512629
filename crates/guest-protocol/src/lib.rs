//! What the host and the guest's first process say to each other over one byte stream.
//!
//! ```text
//! host                                    guest (process 1)
//!   │  record: Hello::Boot | Hello::Wake ──▶  scans for the host's mark, skipping anything before it
//!   │ ◀── record: Answer::Awake | Failed      mounts and starts, or renews identity
//!   │  HTTP/2, the host is the client  ◀──▶   many streams at once
//!   │      POST guest/freeze           ──▶    answers 200, closes HTTP/2
//!   │ ◀── record: Answer::Frozen              and waits for the next Hello
//!   ┊  (snapshot; later, any number of restores, each begins with Hello::Wake)
//! ```
//!
//! A record is 16 marking bytes, the length of its body as a big-endian `u32`, and the body in JSON. Both sides
//! skip whatever precedes a mark, so bytes of an HTTP/2 connection that was cut by a snapshot do no harm. The host
//! may write its HTTP/2 preface and first request right behind `Hello`, without waiting for the answer.
//!
//! On the HTTP/2 connection the `:authority` says who is meant: [`AGENT`] is the program, any method and path,
//! carried to its TCP port, or, as in `agent:8081`, to another port of the guest's loopback device; [`GUEST`] is process 1 itself, see [`control`]. What the guest answers in the program's
//! stead carries [`failure::HEADER`].
//!
//! [`Answer::Frozen`](hello::Answer::Frozen) follows the last HTTP/2 bytes at once, so the host's HTTP/2 codec may have
//! taken it in. From `POST guest/freeze` on the host therefore shows every byte it reads to a
//! [`Scanner`](record::Scanner) too.

pub mod control;
pub mod failure;
pub mod hello;
pub mod record;

/// Name of the virtio-serial port that carries the stream.
pub const PORT_NAME: &str = "freehold.0";

/// Serial of the block device with the base image.
pub const DISK_BASE: &str = "base";
/// Serial of the block device with the code layer.
pub const DISK_CODE: &str = "code";
/// Serial of the writable block device.
pub const DISK_SCRATCH: &str = "scratch";
/// Serial of the block device that outlives the machine, where there is one.
pub const DISK_STORAGE: &str = "storage";

/// `:authority` of requests for the program; a colon and a port may follow.
pub const AGENT: &str = "agent";
/// `:authority` of requests for process 1.
pub const GUEST: &str = "guest";

/// The TCP port of the guest's loopback device behind which the host itself answers, see [`control::PLATFORM`].
pub const PLATFORM_PORT: u16 = 7070;
