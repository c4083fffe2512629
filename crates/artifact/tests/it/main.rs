//! Archives as strangers make them: ordinary, hostile, and broken at random.

mod forge;
mod hostile;
mod limits;
mod mutated;
mod ordinary;
mod wide;

use std::fs;
use std::path::{Path, PathBuf};

use artifact::{ArtifactError, Limits, Unpacked, unpack};

/// A directory with a zip in it and a place to unpack it to.
struct Bench {
    home: tempfile::TempDir,
}

impl Bench {
    fn new(zip: &[u8]) -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        fs::write(home.path().join("code.zip"), zip).expect("the zip is written");
        Self { home }
    }

    fn tree(&self) -> PathBuf {
        self.home.path().join("tree")
    }

    fn unpack(&self, limits: &Limits) -> Result<Unpacked, ArtifactError> {
        unpack(&self.home.path().join("code.zip"), &self.tree(), limits)
    }

    /// The names beside the zip: `tree` or nothing.
    fn left_behind(&self) -> Vec<String> {
        let mut names = listing(self.home.path());
        names.retain(|name| name != "code.zip");
        names
    }
}

fn listing(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("the directory can be listed");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a UTF-8 name")).collect()
}

/// Unpacks, expects a refusal and that nothing is left of the attempt, and returns its message.
fn refusal(zip: &[u8], limits: &Limits) -> String {
    let bench = Bench::new(zip);
    let error = bench.unpack(limits).expect_err("the archive is refused");
    assert!(error.is_final(), "{error}");
    assert_eq!(bench.left_behind(), Vec::<String>::new(), "after {error}");
    error.to_string()
}
