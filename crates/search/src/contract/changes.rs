//! What is put is found as it was put last, until it is removed.

use super::{Open, document, name, vector, words};
use crate::{Change, CollectionInfo};

pub(super) async fn all(open: Open<'_>) {
    what_is_put_last_is_found(open).await;
    changes_are_applied_in_order(open).await;
    applying_twice_changes_nothing(open).await;
    collections_begin_and_end(open).await;
}

async fn what_is_put_last_is_found(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    subject.put(&here, [document("a", "red apples"), document("b", "green pears")]).await;
    assert_eq!(subject.ids(&here, words("apples")).await, ["a"]);
    subject.put(&here, [document("a", "yellow bananas")]).await;
    assert!(subject.ids(&here, words("apples")).await.is_empty());
    assert_eq!(subject.ids(&here, words("bananas")).await, ["a"]);
    subject.index.write(&here, vec![Change::Remove("a".to_owned())]).await.unwrap();
    assert!(subject.ids(&here, words("bananas")).await.is_empty());
    assert_eq!(subject.ids(&here, words("pears")).await, ["b"]);
    subject.index.write(&here, vec![Change::Remove("nobody".to_owned())]).await.unwrap();
    subject.index.write(&here, Vec::new()).await.unwrap();
    assert_eq!(subject.ids(&here, words("pears")).await, ["b"]);
}

async fn changes_are_applied_in_order(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let put = |id: &str, text: &str| Change::Put(document(id, text));
    let remove = |id: &str| Change::Remove(id.to_owned());
    let changes = vec![
        put("twice", "first word"),
        put("twice", "second word"),
        put("gone", "third word"),
        remove("gone"),
        remove("back"),
        put("back", "fourth word"),
    ];
    subject.index.write(&here, changes).await.unwrap();
    assert_eq!(subject.set(&here, words("word")).await, ["back", "twice"]);
    assert!(subject.ids(&here, words("first")).await.is_empty());
    assert_eq!(subject.ids(&here, words("second")).await, ["twice"]);
}

async fn applying_twice_changes_nothing(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let changes = || {
        vec![
            Change::Put(document("a", "red apples").meaning(vector("m", &[1.0, 0.0]))),
            Change::Put(document("b", "green pears").meaning(vector("m", &[0.0, 1.0]))),
            Change::Put(document("c", "no fruit")),
            Change::Remove("d".to_owned()),
        ]
    };
    subject.index.write(&here, changes()).await.unwrap();
    let query = || words("red fruit").meaning(vector("m", &[1.0, 0.5]));
    let (found, info) = (subject.found(&here, query()).await, subject.index.describe(&here).await.unwrap());
    subject.index.write(&here, changes()).await.unwrap();
    let again = subject.found(&here, query()).await;
    let ids = |found: &crate::Found| found.hits.iter().map(|hit| hit.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&found));
    let counts =
        |info: Option<CollectionInfo>| info.map(|info| (info.documents, info.vectors, info.embedder));
    assert_eq!(counts(subject.index.describe(&here).await.unwrap()), counts(info));
}

async fn collections_begin_and_end(open: Open<'_>) {
    let (subject, here, there) = (open().await, name("here"), name("there"));
    assert_eq!(subject.index.describe(&here).await.unwrap(), None);
    assert!(subject.ids(&here, words("apples")).await.is_empty());
    assert_eq!(subject.index.collections().await.unwrap(), []);
    subject.index.remove(&here).await.unwrap();
    subject.index.write(&here, Vec::new()).await.unwrap();
    assert_eq!(subject.index.describe(&here).await.unwrap(), None, "it begins with its first change");

    subject.put(&here, [document("a", "red apples")]).await;
    subject.put(&there, [document("a", "other apples"), document("b", "pears")]).await;
    assert_eq!(subject.index.collections().await.unwrap(), [here.clone(), there.clone()]);
    let info = subject.index.describe(&there).await.unwrap().unwrap();
    assert_eq!((info.documents, info.vectors, info.embedder), (2, 0, None));
    assert!(info.bytes > 0);
    assert!(subject.ids(&here, words("other")).await.is_empty(), "collections are apart");

    subject.index.remove(&here).await.unwrap();
    assert!(subject.ids(&here, words("apples")).await.is_empty());
    assert_eq!(subject.index.collections().await.unwrap(), [there]);
    subject.put(&here, [document("z", "new apples").meaning(vector("m", &[1.0]))]).await;
    assert_eq!(subject.ids(&here, words("apples")).await, ["z"]);
    subject.index.close().await;
}
