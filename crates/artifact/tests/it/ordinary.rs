//! Archives as ordinary tools write them come out as they went in.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use artifact::{ArtifactError, Facts, Limits, Unpacked, inspect};
use proptest::prelude::*;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::Bench;
use crate::forge::{self, Forged};

/// What another implementation of the format makes of these files.
pub(crate) fn written_by_another_tool(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (index, (name, content)) in files.iter().enumerate() {
        // Plain and zip64 sizes by turns.
        let options = SimpleFileOptions::default().large_file(index % 2 == 1).unix_permissions(0o600);
        writer.start_file(name.as_str(), options).expect("memory takes it");
        writer.write_all(content).expect("memory takes it");
    }
    writer.finish().expect("memory takes it").into_inner()
}

/// Every file below `directory` with its content.
fn contents(directory: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for name in crate::listing(directory) {
        let path = directory.join(&name);
        let shown = format!("{below}{name}");
        if fs::symlink_metadata(&path).expect("it exists").is_dir() {
            contents(&path, &format!("{shown}/"), found);
        } else {
            found.insert(shown, fs::read(&path).expect("it can be read"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn files_come_out_as_they_went_in(
        files in prop::collection::btree_map(
            "d[a-c]/(d[a-c]/)?f[a-z]{0,8}",
            prop::collection::vec(any::<u8>(), 0..3000),
            0..12,
        ),
    ) {
        let bench = Bench::new(&written_by_another_tool(&files));
        let unpacked = bench.unpack(&Limits::default()).expect("an ordinary archive");
        let bytes = files.values().map(|content| content.len() as u64).sum();
        prop_assert_eq!(unpacked, Unpacked { files: files.len() as u64, bytes });
        let mut found = BTreeMap::new();
        contents(&bench.tree(), "", &mut found);
        prop_assert_eq!(found, files);
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("it exists").permissions().mode() & 0o7777
}

#[test]
fn modes_are_reduced_to_two() {
    let with = |name: &str, mode| Forged { mode, ..Forged::file(name, b"x") };
    let bench = Bench::new(&forge::zip(&[
        with("setuid", 0o104_755),
        with("private", 0o100_400),
        with("open", 0o100_666),
        with("unsaid", 0),
        Forged { mode: 0o040_700, ..Forged::directory("closed/") },
    ]));
    bench.unpack(&Limits::default()).expect("an ordinary archive");
    let of = |name: &str| mode(&bench.tree().join(name));
    assert_eq!((of("setuid"), of("private"), of("open"), of("unsaid")), (0o755, 0o644, 0o644, 0o644));
    assert_eq!((of("closed"), mode(&bench.tree())), (0o755, 0o755));
}

#[test]
fn links_inside_are_made() {
    let bench = Bench::new(&forge::zip(&[
        Forged::link("bin/tool", "../lib/tool.py"),
        Forged::file("lib/tool.py", b"print()"),
    ]));
    let unpacked = bench.unpack(&Limits::default()).expect("an ordinary archive");
    assert_eq!(unpacked, Unpacked { files: 2, bytes: 7 });
    assert_eq!(fs::read(bench.tree().join("bin/tool")).expect("the link leads there"), b"print()");
}

#[test]
fn an_existing_directory_is_left_alone() {
    let bench = Bench::new(&forge::zip(&[Forged::file("a", b"new")]));
    fs::create_dir(bench.tree()).expect("a directory");
    fs::write(bench.tree().join("a"), b"old").expect("a file");
    let error = bench.unpack(&Limits::default()).expect_err("the place is taken");
    assert!(matches!(error, ArtifactError::Write(_)) && !error.is_final(), "{error}");
    assert_eq!(fs::read(bench.tree().join("a")).expect("still there"), b"old");
}

#[test]
fn facts_say_what_a_deployment_needs() {
    let bench = Bench::new(&forge::zip(&[
        Forged::file("main.py", b""),
        Forged::file("src/app.py", b""),
        Forged::file("opentelemetry/instrumentation/auto_instrumentation/__init__.py", b""),
    ]));
    bench.unpack(&Limits::default()).expect("an ordinary archive");
    let facts = |entry: &str| inspect(&bench.tree(), entry);
    assert_eq!(facts("main.py"), Facts { entry_file: true, instrumentation: true });
    assert!(facts("src/app.py").entry_file);
    for absent in ["other.py", "src", "../code.zip", "/etc/passwd", ""] {
        assert!(!facts(absent).entry_file, "{absent:?}");
    }
}
