//! Archives made to do harm, or that cannot mean one thing only.

use artifact::Limits;

use crate::forge::{Forged, zip};
use crate::refusal;

/// Each of these, beside an innocent file, is refused with a message that holds the given words.
#[test]
fn one_bad_entry_spoils_the_archive() {
    let file = || Forged::file("x.py", b"print()");
    let cases = [
        (Forged::file("../x.py", b""), "\"..\""),
        (Forged::file("/x.py", b""), "absolute"),
        (Forged::file("C:\\x.py", b""), "backslash"),
        (Forged::file("a\0.py", b""), "control character"),
        (Forged { name: b"caf\x82".into(), ..file() }, "UTF-8"),
        (Forged::file("ok.py", b"2"), "twice"),
        (Forged::file("./ok.py", b"2"), "twice"),
        (Forged::file("ok.py/inner", b""), "both a file and a directory"),
        (Forged::directory("ok.py/"), "both a file and a directory"),
        (Forged::link("l", "/etc/shadow"), "absolute path"),
        (Forged::link("l", "../../etc"), "leaves"),
        (Forged::link("l", "l"), "never ends"),
        (Forged::link("l", ""), "1 to 1024"),
        (Forged::link("l", &"x/".repeat(600)), "1 to 1024"),
        (Forged { mode: 0o020_666, ..file() }, "device"),
        (Forged { mode: 0o060_666, ..file() }, "device"),
        (Forged { mode: 0o010_666, ..file() }, "device"),
        (Forged { mode: 0o140_666, ..file() }, "device"),
        (Forged { flags: 1, ..file() }, "without a password"),
        (Forged { method: 99, ..file() }, "without a password"),
        (Forged { method: 93, ..file() }, "Zstandard"),
        (Forged { method: 77, ..file() }, "method 77"),
        (Forged { checksum: 1, ..file() }, "checksum"),
        (Forged { size: 6, ..file() }, "two sizes"),
        (Forged { size: 3, ..Forged::deflated("x", b"123456") }, "more than it says"),
        (Forged { size: 9, ..Forged::deflated("x", b"123456") }, "cut off"),
        (Forged { packed: vec![0xff; 7], method: 8, ..file() }, "cannot be unpacked"),
        (Forged { local_name: Some(b"y.py".into()), ..file() }, "two different names"),
        (Forged { offset: Some(0), ..file() }, "shares bytes"),
        (Forged { offset: Some(7), ..file() }, "shares bytes"),
        (Forged { offset: Some(u32::MAX - 1), ..file() }, "not where"),
        (Forged { mode: 0o040_755, ..file() }, "directory with content"),
        (Forged { name: b"x/".into(), ..file() }, "says directory"),
    ];
    for (bad, words) in cases {
        let name = String::from_utf8_lossy(&bad.name).into_owned();
        let message = refusal(&zip(&[Forged::file("ok.py", b"1"), bad]), &Limits::default());
        assert!(message.contains(words), "{name:?}: {message}");
        assert!(!message.contains(char::is_control), "{message:?}");
    }
}

/// The classic: a link to elsewhere, then a file whose name goes through it.
#[test]
fn nothing_is_written_through_a_link() {
    for target in ["sub", "/tmp", ".."] {
        let archive = zip(&[
            Forged::directory("sub/"),
            Forged::link("door", target),
            Forged::file("door/planted", b"x"),
        ]);
        assert!(refusal(&archive, &Limits::default()).contains("both a file and a directory"));
    }
}

#[test]
fn a_link_may_not_leave_through_another_link() {
    let archive = zip(&[Forged::link("a/b/up", "../.."), Forged::link("a/b/x", "up/../etc")]);
    assert!(refusal(&archive, &Limits::default()).contains("leaves"));
}

#[test]
fn entries_that_overlap_inside_each_other_are_refused() {
    let inner = zip(&[Forged::file("inner", b"payload")]);
    // The second entry's header lies within the first one's content.
    let outer = Forged::file("outer", &inner);
    let shifted = Forged { offset: Some(30 + 5), ..Forged::file("inner", b"payload") };
    let message = refusal(&zip(&[outer, shifted]), &Limits::default());
    assert!(message.contains("shares bytes"), "{message}");
}

#[test]
fn a_cut_archive_is_refused_at_every_length() {
    let whole = zip(&[Forged::deflated("a.py", b"print('a')"), Forged::file("b/c.txt", b"text")]);
    for length in 0..whole.len() {
        refusal(&whole[..length], &Limits::default());
    }
}

#[test]
fn bytes_in_front_of_the_archive_are_refused() {
    let mut archive = b"#!/bin/sh\n".to_vec();
    archive.extend(zip(&[Forged::file("a.py", b"")]));
    assert!(refusal(&archive, &Limits::default()).contains("not where its end says"));
}

#[test]
fn what_is_no_zip_is_called_that() {
    for bytes in [&b""[..], b"PK", b"not a zip at all, but long enough to hold an end record"] {
        assert!(refusal(bytes, &Limits::default()).contains("not a zip"));
    }
}
