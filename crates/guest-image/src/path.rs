//! Paths inside an archive: names that other people chose.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::error::ImageError;

/// A path inside the tree: plain names only, none for the tree itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inside(Vec<OsString>);

impl Inside {
    /// Parses what an archive calls an entry. A path that leads out of the tree is refused, not bent.
    pub(crate) fn parse(raw: &[u8]) -> Result<Self, ImageError> {
        let refuse =
            || ImageError::BadImage(format!("the path {:?} leads out", String::from_utf8_lossy(raw)));
        if raw.first() == Some(&b'/') || raw.contains(&0) {
            return Err(refuse());
        }
        let names = raw.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
        let names =
            names.map(|name| if name == b".." { Err(refuse()) } else { Ok(OsStr::from_bytes(name).into()) });
        Ok(Self(names.collect::<Result<_, _>>()?))
    }

    /// The names of the directories above, and the last name; `None` for the tree itself.
    pub(crate) fn split(&self) -> Option<(&[OsString], &OsStr)> {
        let (last, above) = self.0.split_last()?;
        Some((above, last))
    }
}

/// What an entry's name asks for, by the convention of layered images.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Name<'a> {
    /// To be there.
    Plain,
    /// That what has this name below is not seen.
    Whiteout(&'a OsStr),
    /// That nothing of this directory below is seen.
    Opaque,
}

/// Reads a name.
pub(crate) fn name(last: &OsStr) -> Result<Name<'_>, ImageError> {
    let bytes = last.as_bytes();
    if bytes == b".wh..wh..opq" {
        return Ok(Name::Opaque);
    }
    match bytes.strip_prefix(b".wh.") {
        None => Ok(Name::Plain),
        Some(b"" | b"." | b"..") => Err(ImageError::BadImage("a whiteout names nothing".to_owned())),
        Some(hidden) => Ok(Name::Whiteout(OsStr::from_bytes(hidden))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_that_lead_out_are_refused() {
        for bad in ["/etc/passwd", "..", "a/../b", "./../x", "a\0b"] {
            assert!(Inside::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
        for root in ["", ".", "./", "./."] {
            assert_eq!(Inside::parse(root.as_bytes()).unwrap().split(), None);
        }
        let path = Inside::parse(b"./usr//lib/x").unwrap();
        assert_eq!(path.split(), Some((&["usr".into(), "lib".into()][..], OsStr::new("x"))));
    }

    #[test]
    fn whiteouts_are_told_from_names() {
        let read = |text| name(OsStr::new(text)).map_err(|error| error.to_string());
        assert_eq!(read(".wh.gone"), Ok(Name::Whiteout(OsStr::new("gone"))));
        assert_eq!(read(".wh..wh..opq"), Ok(Name::Opaque));
        assert_eq!(read("plain"), Ok(Name::Plain));
        for bad in [".wh.", ".wh..", ".wh..."] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_parses_has_only_plain_names(raw in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(path) = Inside::parse(&raw) {
                for name in &path.0 {
                    prop_assert!(!name.is_empty() && name != "." && name != ".." && !name.as_bytes().contains(&b'/'));
                }
            }
        }
    }
}
