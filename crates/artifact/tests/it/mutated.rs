//! Archives with random damage: refused or unpacked, never anything outside the directory, never a panic.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use artifact::Limits;
use proptest::prelude::*;

use crate::Bench;
use crate::forge::{Forged, zip};
use crate::ordinary::written_by_another_tool;

/// Every file, directory and link lies below `root` and is one of these three, and links stay inside.
fn assert_tame(root: &Path, directory: &Path) {
    for name in crate::listing(directory) {
        let path = directory.join(&name);
        let found = fs::symlink_metadata(&path).expect("it exists");
        if found.is_symlink() {
            if let Ok(target) = fs::canonicalize(&path) {
                assert!(target.starts_with(root), "{} leads to {}", path.display(), target.display());
            }
        } else if found.is_dir() {
            assert_tame(root, &path);
        } else {
            assert!(found.is_file(), "{}", path.display());
        }
    }
}

fn check(archive: &[u8]) {
    let bench = Bench::new(archive);
    let limits = Limits { unpacked: 1_000_000, ..Limits::default() };
    match bench.unpack(&limits) {
        Ok(unpacked) => {
            assert!(unpacked.bytes <= limits.unpacked);
            let root = fs::canonicalize(bench.tree()).expect("the tree is there");
            assert_tame(&root, &root);
        }
        Err(_) => assert_eq!(bench.left_behind(), Vec::<String>::new()),
    }
}

fn sample() -> Vec<u8> {
    zip(&[
        Forged::directory("pkg/"),
        Forged::deflated("pkg/module.py", b"print('hello')\nprint('hello')\n"),
        Forged::file("main.py", b"import pkg.module"),
        Forged::link("pkg/up", "../main.py"),
        Forged::link("here", "pkg"),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn flipped_bytes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut archive = sample();
        for (index, value) in changes {
            let at = index.index(archive.len());
            archive[at] = value;
        }
        check(&archive);
    }

    #[test]
    fn names_and_targets_from_a_hostile_alphabet(
        entries in prop::collection::vec(("[ab./]{1,8}", prop::option::of("[ab./]{1,8}")), 1..6),
    ) {
        let forged: Vec<Forged> = entries
            .iter()
            .map(|(name, target)| match target {
                Some(target) => Forged::link(name, target),
                None => Forged::file(name, b"x"),
            })
            .collect();
        check(&zip(&forged));
    }

    #[test]
    fn two_archives_spliced(cut in any::<prop::sample::Index>(), other in any::<prop::sample::Index>()) {
        let files = BTreeMap::from([("a/b".to_owned(), vec![7; 100]), ("c".to_owned(), Vec::new())]);
        let (first, second) = (sample(), written_by_another_tool(&files));
        let mut archive = first[..cut.index(first.len())].to_vec();
        archive.extend(&second[other.index(second.len())..]);
        check(&archive);
    }
}
