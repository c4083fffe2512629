//! Documents from strangers, read as text and cut into pieces that say where in the document they stand.
//!
//! ```text
//!  bytes ──▶ text.rs  markdown.rs  html.rs  pdf.rs ──▶ passages: text under a trail of headings, or on a page
//!                                                        │
//!                                                      cut.rs ──▶ pieces of about a thousand characters
//! ```
//!
//! Text, Markdown and HTML are read in time and memory that grow with their length and no faster. A PDF is a program in
//! disguise: a few bytes can ask for gigabytes, or for calls without end, which no library bounds. Whoever reads those
//! of strangers does it in a process that may end (see [`read`]).

mod cut;
mod error;
mod format;
mod html;
mod limits;
mod markdown;
mod passages;
mod pdf;
mod read;
mod text;

pub use cut::Piece;
pub use error::ReadError;
pub use format::Format;
pub use limits::Limits;
pub use read::read;
