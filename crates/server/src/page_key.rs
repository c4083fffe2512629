//! The key that page tokens are sealed with: made once, so that a listing can go on after a restart.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use stdx::Rng;

/// Reads the key, or makes it.
pub(crate) fn load_or_create(path: &Path, rng: &dyn Rng) -> io::Result<[u8; 32]> {
    match fs::read(path) {
        Ok(bytes) => {
            let damaged = || {
                io::Error::new(io::ErrorKind::InvalidData, "the page token key has not 32 bytes; remove it")
            };
            bytes.try_into().map_err(|_| damaged())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = [0; 32];
            rng.fill(&mut key);
            let partial = path.with_extension("new");
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
            file.write_all(&key)?;
            file.sync_all()?;
            fs::rename(&partial, path)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let first = load_or_create(&path, &stdx::SystemRng).unwrap();
        assert_eq!(load_or_create(&path, &stdx::SystemRng).unwrap(), first);
        fs::write(&path, "short").unwrap();
        assert!(load_or_create(&path, &stdx::SystemRng).is_err());
    }
}
