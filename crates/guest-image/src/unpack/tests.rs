use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

use super::*;

/// An entry of a layer under test: name, kind, and content or link target.
type Made<'a> = (&'a str, EntryType, &'a str);

const DIR: EntryType = EntryType::Directory;
const FILE: EntryType = EntryType::Regular;
const LINK: EntryType = EntryType::Link;
const SYMLINK: EntryType = EntryType::Symlink;

pub(crate) fn layer(entries: &[Made<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, text) in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(if *kind == DIR { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        // Written by hand: the builder would refuse the names that we must be able to refuse.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        let content = if *kind == FILE { text.as_bytes() } else { &[] };
        if *kind != FILE {
            header.as_gnu_mut().unwrap().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_size(u64::try_from(content.len()).unwrap());
        header.set_cksum();
        builder.append(&header, content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Unpacks layers beside a directory that nothing may reach.
fn unpack(layers: &[&[Made<'_>]]) -> (TempDir, Result<(), ImageError>) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::write(directory.path().join("secret"), "untouched").unwrap();
    let tree = Tree::over(&root).unwrap();
    let done = layers.iter().try_for_each(|entries| tree.apply(&layer(entries)[..]));
    assert_eq!(fs::read_to_string(directory.path().join("secret")).unwrap(), "untouched");
    (directory, done)
}

/// All paths below the root, directories with a slash, files with their content.
fn listing(directory: &TempDir) -> Vec<String> {
    fn walk(root: &Path, at: &Path, found: &mut Vec<String>) {
        let mut entries: Vec<_> = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let shown = path.strip_prefix(root).unwrap().display().to_string();
            let kind = fs::symlink_metadata(&path).unwrap().file_type();
            if kind.is_dir() {
                found.push(format!("{shown}/"));
                walk(root, &path, found);
            } else if kind.is_symlink() {
                found.push(format!("{shown} -> {}", fs::read_link(&path).unwrap().display()));
            } else {
                found.push(format!("{shown}={}", fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&directory.path().join("root"), &directory.path().join("root"), &mut found);
    found
}

#[track_caller]
fn check(layers: &[&[Made<'_>]], expected: &[&str]) {
    let (directory, done) = unpack(layers);
    done.unwrap();
    assert_eq!(listing(&directory), expected);
}

#[test]
fn later_layers_replace_files_and_keep_directories() {
    check(
        &[
            &[("./", DIR, ""), ("a/", DIR, ""), ("a/x", FILE, "1"), ("a/y", FILE, "1")],
            &[("a/", DIR, ""), ("a/x", FILE, "2")],
        ],
        &["a/", "a/x=2", "a/y=1"],
    );
}

#[test]
fn kinds_change_between_layers() {
    check(
        &[&[("d/x", FILE, "1"), ("f", FILE, "1")], &[("d", FILE, "2"), ("f/", DIR, ""), ("f/x", FILE, "2")]],
        &["d=2", "f/", "f/x=2"],
    );
}

#[test]
fn whiteouts_remove_what_lies_below() {
    check(
        &[
            &[("a/b/x", FILE, "1"), ("y", FILE, "1"), ("z", FILE, "1")],
            &[("a/.wh.b", FILE, ""), (".wh.y", FILE, ""), (".wh.none", FILE, "")],
        ],
        &["a/", "z=1"],
    );
}

#[test]
fn an_opaque_directory_keeps_what_its_own_layer_brings_whatever_the_order() {
    check(
        &[
            &[("a/old", FILE, "1"), ("a/d/old", FILE, "1"), ("b", FILE, "1")],
            &[("a/new", FILE, "2"), ("a/.wh..wh..opq", FILE, ""), ("a/newer", FILE, "2")],
        ],
        &["a/", "a/new=2", "a/newer=2", "b=1"],
    );
}

#[test]
fn links_are_kept_as_they_are() {
    check(
        &[
            &[
                ("usr/lib/x", FILE, "1"),
                ("lib", SYMLINK, "usr/lib"),
                ("hard", LINK, "usr/lib/x"),
                ("dead", SYMLINK, "/nowhere"),
            ],
            &[("lib/y", FILE, "2")],
        ],
        &["dead -> /nowhere", "hard=1", "lib -> usr/lib", "usr/", "usr/lib/", "usr/lib/x=1", "usr/lib/y=2"],
    );
}

#[test]
fn nothing_leads_out_of_the_tree() {
    for entries in [
        &[("../secret", FILE, "bad")][..],
        &[("a/../../secret", FILE, "bad")],
        &[("/secret", FILE, "bad")],
        &[("hard", LINK, "../secret")],
        &[("hard", LINK, "/etc/passwd")],
        &[("a/.wh...", FILE, "")],
    ] {
        let (directory, done) = unpack(&[entries]);
        assert!(done.is_err(), "{entries:?} gave {:?}", listing(&directory));
    }
}

#[test]
fn links_out_of_the_tree_lead_back_into_it() {
    // As if the tree were the root: `..` above it is the tree itself, and so is `/`.
    check(
        &[
            &[("up", SYMLINK, ".."), ("up/secret", FILE, "in")],
            &[("abs", SYMLINK, "/"), ("abs/other", FILE, "in")],
        ],
        &["abs -> /", "other=in", "secret=in", "up -> .."],
    );
    check(&[&[("out", SYMLINK, "../secret"), ("out", FILE, "in")]], &["out=in"]);
    check(&[&[("up", SYMLINK, ".."), (".wh.secret", FILE, ""), ("up/.wh.secret", FILE, "")]], &["up -> .."]);
}

#[test]
fn permissions_are_kept() {
    let (directory, done) = unpack(&[&[("x", FILE, "1"), ("d/", DIR, "")]]);
    done.unwrap();
    let mode = |name| fs::metadata(directory.path().join("root").join(name)).unwrap().permissions().mode();
    assert_eq!((mode("x") & 0o7777, mode("d") & 0o7777), (0o644, 0o755));
}

#[test]
fn devices_are_left_out() {
    check(&[&[("dev/null", EntryType::Char, ""), ("pipe", EntryType::Fifo, "")]], &["dev/"]);
}

#[test]
fn removing_does_not_follow_links() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("target");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("x"), "").unwrap();
    fs::create_dir(directory.path().join("d")).unwrap();
    symlink(&target, directory.path().join("d/link")).unwrap();
    let parent = File::open(directory.path()).unwrap();
    remove(&parent, OsStr::new("d")).unwrap();
    assert_eq!(fs::metadata(target.join("x")).unwrap().nlink(), 1);
}
