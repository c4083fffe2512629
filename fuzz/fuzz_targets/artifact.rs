//! Any bytes as a code archive: refused without a trace, or a tree in which nothing leads outside.
#![no_main]

use std::fs;
use std::path::Path;

use artifact::{Limits, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let home = fs::canonicalize(directory.path()).expect("it exists");
    let (zip, tree) = (home.join("code.zip"), home.join("tree"));
    fs::write(&zip, bytes).expect("the zip is written");
    let limits = Limits { unpacked: 1 << 20, entries: 1000, ..Limits::default() };
    match unpack(&zip, &tree, &limits) {
        Ok(unpacked) => {
            assert!(unpacked.bytes <= limits.unpacked);
            assert_tame(&tree, &tree);
        }
        Err(_) => assert!(!tree.exists(), "a refused archive left something behind"),
    }
    assert!(fs::read_dir(&home).expect("it can be listed").count() <= 2);
});

fn assert_tame(root: &Path, directory: &Path) {
    for entry in fs::read_dir(directory).expect("it can be listed") {
        let path = entry.expect("an entry").path();
        let found = fs::symlink_metadata(&path).expect("it exists");
        if found.is_symlink() {
            assert!(fs::canonicalize(&path).map_or(true, |target| target.starts_with(root)), "{path:?}");
        } else if found.is_dir() {
            assert_tame(root, &path);
        } else {
            assert!(found.is_file(), "{path:?}");
        }
    }
}
