//! A scope has whole steps of places, and no character of one means anything.

use super::{Open, document, name, vector, words};
use crate::{Query, Scope};

pub(super) async fn all(open: Open<'_>) {
    scopes_have_whole_steps(open).await;
    no_character_is_a_wildcard(open).await;
}

const PLACES: [&str; 10] = ["", "/a", "/a/b", "/a/b/c", "/ab", "/a b", "/b/a", "a", "/a/*", "/A"];

async fn scopes_have_whole_steps(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    subject
        .put(&here, PLACES.map(|place| document(place, "word").at(place).meaning(vector("m", &[1.0, 0.0]))))
        .await;
    let cases: [(Scope, &[&str]); 11] = [
        (at("/a"), &["/a"]),
        (at("/a/"), &["/a"]),
        (at("/a/b"), &["/a/b"]),
        (at("/nowhere"), &[]),
        (at("a"), &["a"]),
        (below("/a"), &["/a", "/a/*", "/a/b", "/a/b/c"]),
        (below("/a/"), &["/a", "/a/*", "/a/b", "/a/b/c"]),
        (below("/a/b"), &["/a/b", "/a/b/c"]),
        (below("/a/b/c"), &["/a/b/c"]),
        (below("/nowhere"), &[]),
        (below("a"), &["a"]),
    ];
    for (scope, expected) in cases {
        for query in everything() {
            assert_eq!(subject.set(&here, query.within(scope.clone())).await, expected, "{scope:?}");
        }
    }
    for scope in [Scope::All, below("/"), below("")] {
        assert_eq!(subject.ids(&here, words("word").within(scope)).await.len(), PLACES.len());
    }

    subject.put(&here, [document("/a", "word").at("/b/")]).await;
    assert!(subject.ids(&here, words("word").within(at("/a"))).await.is_empty(), "it has moved");
    assert_eq!(subject.ids(&here, words("word").within(at("/b"))).await, ["/a"]);
}

async fn no_character_is_a_wildcard(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let places =
        ["/x", "/*", "/?", "/.*", "/[x]", "/x\u{0}y", "/x\\y", "/\u{10ffff}", "/%78", "/../x", "/\"x\""];
    subject.put(&here, places.map(|place| document(place, "word").at(place))).await;
    for place in places {
        for scope in [at(place), below(place)] {
            assert_eq!(subject.ids(&here, words("word").within(scope)).await, [place]);
        }
    }
    for scope in [at("/x*"), below("/x*"), at("*"), below("*"), below("/x\u{0}")] {
        assert!(subject.ids(&here, words("word").within(scope)).await.is_empty());
    }
}

fn at(place: &str) -> Scope {
    Scope::At(place.to_owned())
}

fn below(place: &str) -> Scope {
    Scope::Below(place.to_owned())
}

/// By words, by meaning, and by both.
fn everything() -> [Query; 3] {
    let meaning = || vector("m", &[1.0, 0.0]);
    [words("word"), words("").meaning(meaning()), words("word").meaning(meaning())]
}
