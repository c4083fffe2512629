//! Code archives from strangers, checked and unpacked.
//!
//! A zip arrives from somebody whom nobody knows, and its files end up in a directory of ours. So the whole
//! archive is understood before the first byte is written, in an order in which each step only trusts the one
//! before it:
//!
//! ```text
//!  archive   where everything lies: end record, central directory, local headers that agree with it,
//!     │      no two entries sharing bytes
//!  name      each name as parts below the root, nothing else
//!     │
//!  tree      no name twice, no file that is also a directory, no link that leaves
//!     │
//!  unpack    directories, then files (counted while they are written), then links
//! ```
//!
//! The reader is our own and strict rather than a library's and lenient: what two readers of the same archive
//! may understand differently is refused, not interpreted. It knows what zip tools write for code (stored and
//! deflated entries, UTF-8 names, zip64 for many entries) and says plainly what it does not take.

mod archive;
mod error;
mod inspect;
mod limits;
mod name;
mod tree;
mod unpack;

pub use error::ArtifactError;
pub use inspect::{Facts, inspect};
pub use limits::Limits;
pub use unpack::{Unpacked, unpack};
