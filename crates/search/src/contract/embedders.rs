//! Vectors of different embedders never meet, and the mode says what was compared.

use super::{Open, document, name, vector, words};
use crate::{Change, Mode, SearchError};

pub(super) async fn all(open: Open<'_>) {
    the_mode_says_what_was_compared(open).await;
    documents_without_vectors_are_found(open).await;
    another_embedder_is_refused(open).await;
    one_may_follow_another(open).await;
}

async fn the_mode_says_what_was_compared(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let meaning = || vector("m", &[1.0, 0.0]);
    subject.put(&here, [document("a", "apples"), document("b", "pears")]).await;
    let found = subject.found(&here, words("apples").meaning(meaning())).await;
    assert_eq!((found.mode, found.hits.len()), (Mode::Lexical, 1), "there are no vectors");
    subject.put(&here, [document("b", "pears").meaning(meaning())]).await;
    for (query, mode) in [
        (words("apples"), Mode::Lexical),
        (words(""), Mode::Lexical),
        (words("apples").meaning(meaning()), Mode::Hybrid),
        (words("").meaning(meaning()), Mode::Vector),
        (words(" ?!").meaning(meaning()), Mode::Vector),
    ] {
        assert_eq!(subject.found(&here, query.clone()).await.mode, mode, "{query:?}");
    }
}

async fn documents_without_vectors_are_found(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let meaning = || vector("m", &[1.0, 0.0]);
    subject
        .put(&here, [document("words", "fresh apples"), document("both", "pears").meaning(meaning())])
        .await;
    let info = subject.index.describe(&here).await.unwrap().unwrap();
    assert_eq!((info.documents, info.vectors, info.embedder.unwrap().dimension), (2, 1, 2));
    assert_eq!(subject.set(&here, words("apples").meaning(meaning())).await, ["both", "words"]);
    assert_eq!(subject.ids(&here, words("").meaning(meaning())).await, ["both"]);
}

async fn another_embedder_is_refused(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    subject.put(&here, [document("a", "apples").meaning(vector("m", &[1.0, 0.0]))]).await;
    for other in [vector("other", &[1.0, 0.0]), vector("m", &[1.0, 0.0, 0.0])] {
        let changes = vec![
            Change::Put(document("b", "pears")),
            Change::Put(document("c", "plums").meaning(other.clone())),
        ];
        let refused = subject.index.write(&here, changes).await.unwrap_err();
        let SearchError::OtherEmbedder { has, came, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!((has.model.as_str(), has.dimension), ("m", 2));
        assert_eq!(**came, *other.embedder);
        let refused = subject.index.search(&here, words("apples").meaning(other)).await.unwrap_err();
        assert!(matches!(refused, SearchError::OtherEmbedder { .. }), "{refused:?}");
    }
    let changes = vec![
        Change::Put(document("d", "plums").meaning(vector("m", &[1.0, 0.0]))),
        Change::Put(document("e", "plums").meaning(vector("other", &[1.0]))),
    ];
    let refused = subject.index.write(&name("new"), changes).await.unwrap_err();
    assert!(matches!(refused, SearchError::OtherEmbedder { .. }), "{refused:?}");
    assert_eq!(subject.index.describe(&name("new")).await.unwrap(), None);
    assert!(subject.ids(&here, words("pears plums")).await.is_empty(), "nothing of a refused write happens");
    assert_eq!(subject.ids(&here, words("apples")).await, ["a"]);
}

async fn one_may_follow_another(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let old = || document("a", "apples").meaning(vector("m", &[1.0, 0.0]));
    let new = || document("a", "apples").meaning(vector("other", &[1.0, 0.0, 0.0]));
    subject.put(&here, [old()]).await;
    subject.index.remove(&here).await.unwrap();
    subject.put(&here, [new()]).await;
    let found = subject.found(&here, words("apples").meaning(vector("other", &[1.0, 0.0, 0.0]))).await;
    assert_eq!((found.mode, found.hits.len()), (Mode::Hybrid, 1));

    subject.index.write(&here, vec![Change::Remove("a".to_owned())]).await.unwrap();
    assert_eq!(subject.index.describe(&here).await.unwrap().unwrap().embedder, None);
    subject.put(&here, [old()]).await;
    let found = subject.found(&here, words("").meaning(vector("m", &[1.0, 0.0]))).await;
    assert_eq!((found.mode, found.hits.len()), (Mode::Vector, 1));
}
