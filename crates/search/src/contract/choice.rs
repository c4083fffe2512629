//! The best are chosen among those that may be found, not before.

use super::{Open, document, name, vector, words};
use crate::{Document, Filter, Mode, Query, Scope, Test, Value};

pub(super) async fn all(open: Open<'_>) {
    conditions_come_before_the_choice(open).await;
    the_best_come_first(open).await;
    scores_tell_likeness(open).await;
}

const MANY: u16 = 600;

/// The rare ones fit worst.
fn crowd() -> impl Iterator<Item = Document> {
    (0..MANY).map(|at| {
        let rare = at % 100 == 99;
        let text = if rare { "a word among very many others that say nothing at all" } else { "word word" };
        let kind = if rare { "rare" } else { "common" };
        document(&format!("{at:03}"), text)
            .at(&format!("/{kind}/{at}"))
            .with("kind", Value::Text(kind.to_owned()))
            .meaning(vector("m", &[1.0, if rare { 3.0 } else { f32::from(at) / 1_000.0 }]))
    })
}

fn queries() -> [(Query, Mode); 3] {
    let meaning = || vector("m", &[1.0, 0.0]);
    [
        (words("word"), Mode::Lexical),
        (words("").meaning(meaning()), Mode::Vector),
        (words("word").meaning(meaning()), Mode::Hybrid),
    ]
}

async fn conditions_come_before_the_choice(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    subject.put(&here, crowd()).await;
    let rare = Filter { field: "kind".to_owned(), test: Test::Equals(Value::Text("rare".to_owned())) };
    for (query, mode) in queries() {
        let filtered = subject.found(&here, query.clone().at_most(5).filtered(rare.clone())).await;
        assert_eq!((filtered.hits.len(), filtered.mode), (5, mode));
        let below = Scope::Below("/rare".to_owned());
        let placed = subject.ids(&here, query.clone().at_most(6).within(below)).await;
        assert_eq!(placed.len(), 6, "{mode:?}");
        assert!(placed.iter().all(|id| id.ends_with("99")), "{placed:?} {mode:?}");
        assert_eq!(subject.ids(&here, query.clone().at_most(usize::from(MANY))).await.len(), 600);
        assert_eq!(subject.ids(&here, query.clone().at_most(usize::MAX)).await.len(), 600);
        assert!(subject.ids(&here, query.at_most(0)).await.is_empty());
    }
}

async fn the_best_come_first(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let documents = [
        document("both", "blue whales sing").meaning(vector("m", &[1.0, 0.1, 0.0])),
        document("words", "blue whales sleep").meaning(vector("m", &[0.0, 1.0, 0.0])),
        document("meaning", "large mammals").meaning(vector("m", &[1.0, 0.2, 0.0])),
        document("neither", "small spiders").meaning(vector("m", &[0.0, 0.0, 1.0])),
    ];
    subject.put(&here, documents).await;
    let meaning = || vector("m", &[1.0, 0.0, 0.0]);
    assert_eq!(subject.ids(&here, words("blue whales sing")).await, ["both", "words"]);
    assert_eq!(subject.ids(&here, words("").meaning(meaning()).at_most(2)).await, ["both", "meaning"]);
    let hybrid = subject.ids(&here, words("blue whales sing").meaning(meaning())).await;
    assert_eq!((hybrid[0].as_str(), hybrid[3].as_str()), ("both", "neither"));
}

async fn scores_tell_likeness(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let texts = ["the user prefers trains to planes", "a colleague plays chess on Sundays", "rain in March"];
    let vectors = [[1.0, 0.0, 0.0], [0.05, 1.0, 0.0], [0.0, -1.0, 0.2]];
    let documents = (0..3).map(|at| document(&at.to_string(), texts[at]).meaning(vector("m", &vectors[at])));
    subject.put(&here, documents).await;
    let meaning = || vector("m", &vectors[0]);
    for query in [words(texts[0]), words("").meaning(meaning()), words(texts[0]).meaning(meaning())] {
        let found = subject.found(&here, query).await;
        assert!(found.hits[0].id == "0" && found.hits[0].score > 0.9, "{found:?}");
        assert!(found.hits[1..].iter().all(|hit| hit.score < 0.2), "{found:?}");
    }
}
