//! What can be wrong with an archive, in words for the person who made it.

use std::io;

/// Why an archive was not unpacked. The messages are shown to the owner of the archive as they stand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The archive is over the size limit.
    #[error("the zip has {bytes} bytes; the limit is {} MB", .limit / 1_048_576)]
    Zipped {
        /// The archive's size.
        bytes: u64,
        /// The limit that it breaks.
        limit: u64,
    },
    /// The files are over the size limit.
    #[error("the zip unpacks to more than the limit of {} MB", .limit / 1_048_576)]
    Unpacked {
        /// The limit that they break.
        limit: u64,
    },
    /// There are too many of something.
    #[error("the zip holds too many {what}; the limit is {limit}")]
    TooMany {
        /// Files and directories, links, or bytes of names.
        what: &'static str,
        /// The limit that they break.
        limit: usize,
    },
    /// There is no zip's end record in the file.
    #[error("the file is not a zip, or its end is missing (an upload that was cut off looks like this)")]
    NotAZip,
    /// The records that describe the archive contradict each other.
    #[error("the zip is damaged: {what}; make it again and upload it again")]
    Inconsistent {
        /// What contradicts what.
        what: &'static str,
    },
    /// One entry is damaged.
    #[error("the zip is damaged at {name}: {what}; make it again and upload it again")]
    Damaged {
        /// The entry.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// One entry is encrypted.
    #[error("{name} is encrypted; make the zip without a password")]
    Encrypted {
        /// The entry.
        name: String,
    },
    /// One entry is compressed in a way that is not supported.
    #[error("{name} is compressed with {method}; make the zip with the usual method, deflate")]
    Compression {
        /// The entry.
        name: String,
        /// The method's name or number.
        method: String,
    },
    /// One name does not name a place below the root.
    #[error("the name {name} {why}")]
    Name {
        /// The name, made printable.
        name: String,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// Two entries want the same place.
    #[error("{name} is in the zip twice")]
    Twice {
        /// The name of both.
        name: String,
    },
    /// One entry needs as a directory what another one is a file or link at.
    #[error("{name} is both a file and a directory in the zip")]
    FileAndDirectory {
        /// The name of both.
        name: String,
    },
    /// A device, pipe or socket.
    #[error("{name} is a device, pipe or socket; only files, directories and links can be in the zip")]
    Special {
        /// The entry.
        name: String,
    },
    /// A link that leads out of the archive's own tree, or nowhere.
    #[error("the link {name} points to {target}, which {why}")]
    Link {
        /// The link.
        name: String,
        /// What it says, made printable.
        target: String,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// The archive could not be read; not its owner's fault.
    #[error("the uploaded zip could not be read: {0}")]
    Read(#[source] io::Error),
    /// The files could not be written; not the owner's fault.
    #[error("the unpacked code could not be stored: {0}")]
    Write(#[source] io::Error),
}

impl ArtifactError {
    /// Whether the archive is at fault, so that trying the same one again cannot help.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Read(_) | Self::Write(_))
    }
}

/// A stranger's text, safe to print: quoted, control characters escaped, at most 200 of its characters.
pub(crate) fn printable(text: &[u8]) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(text);
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
