//! Bounds on size, each hit exactly and passed by one.

use artifact::Limits;

use crate::forge::{Forged, zip};
use crate::{Bench, refusal};

fn accepts(archive: &[u8], limits: &Limits) {
    let bench = Bench::new(archive);
    bench.unpack(limits).expect("the archive is within its limits");
}

#[test]
fn the_archive_itself_has_a_limit() {
    let archive = zip(&[Forged::file("a", b"12345")]);
    let exact = Limits { zipped: archive.len() as u64, ..Limits::default() };
    accepts(&archive, &exact);
    let less = Limits { zipped: exact.zipped - 1, ..exact };
    assert!(refusal(&archive, &less).contains("the limit is"));
}

#[test]
fn a_bomb_is_refused_whether_it_tells_its_size_or_not() {
    let honest = Forged::deflated("bomb", &vec![0; 5_000_000]);
    assert!(honest.packed.len() < 10_000, "it is a bomb");
    let limits = Limits { unpacked: 1_000_000, ..Limits::default() };
    assert!(refusal(&zip(std::slice::from_ref(&honest)), &limits).contains("more than the limit"));
    let lying = Forged { size: 100, ..honest };
    assert!(refusal(&zip(&[lying]), &limits).contains("more than it says"));
}

#[test]
fn the_unpacked_limit_counts_all_files_together() {
    let archive = zip(&[Forged::file("a", b"123"), Forged::deflated("b", b"4567")]);
    accepts(&archive, &Limits { unpacked: 7, ..Limits::default() });
    assert!(refusal(&archive, &Limits { unpacked: 6, ..Limits::default() }).contains("more than"));
}

#[test]
fn directories_count_even_when_no_entry_lists_them() {
    let archive = zip(&[Forged::file("a/b/c/d", b"")]);
    accepts(&archive, &Limits { entries: 4, ..Limits::default() });
    assert!(refusal(&archive, &Limits { entries: 3, ..Limits::default() }).contains("too many files"));
}

#[test]
fn links_and_names_have_limits_of_their_own() {
    let archive = zip(&[Forged::link("a", "b"), Forged::link("b", "c")]);
    accepts(&archive, &Limits { links: 2, names: 2, ..Limits::default() });
    assert!(refusal(&archive, &Limits { links: 1, ..Limits::default() }).contains("too many links"));
    assert!(refusal(&archive, &Limits { names: 1, ..Limits::default() }).contains("names"));
}
