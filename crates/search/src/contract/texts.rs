//! Any text may be put and asked; none of it is syntax.

use super::{Open, document, name, vector, words};

pub(super) async fn all(open: Open<'_>) {
    no_text_is_an_error(open).await;
    words_are_found_in_any_case(open).await;
}

fn hostile() -> Vec<String> {
    let mut texts: Vec<_> = [
        "",
        " ",
        "\u{0}",
        "\"",
        "'; DROP TABLE documents; --",
        "\"unclosed quote",
        "AND",
        "apples AND (NOT pears",
        "apples OR",
        "+apples -pears",
        "text:apples",
        "id:[a TO *]",
        "*",
        "app*",
        "apples~2^5",
        "(((((((((((",
        "\\",
        "NEAR/3",
        "the and of to is",
        "the",
        "🦀🦀🦀",
        "👩‍👩‍👧‍👦",
        "\u{202e}selppa",
        "りんごが好きです",
        "苹果",
        "яблоки",
        "e\u{301}clair",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("apples ".repeat(1_500));
    texts.push("x".repeat(10_000));
    texts.push((0..2_000).map(|at| format!("w{at} ")).collect());
    texts.push("🦀".repeat(10_000));
    texts
}

async fn no_text_is_an_error(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    let fruit = document("fruit", "apples and pears").meaning(vector("m", &[1.0, 0.0]));
    subject.put(&here, [fruit]).await;
    let texts = hostile();
    let documents = texts.iter().enumerate().map(|(at, text)| document(&at.to_string(), text));
    subject.put(&here, documents).await;
    for text in &texts {
        subject.found(&here, words(text)).await;
        subject.found(&here, words(text).meaning(vector("m", &[0.0, 1.0]))).await;
    }
    let info = subject.index.describe(&here).await.unwrap().unwrap();
    assert_eq!(info.documents, texts.len() as u64 + 1);

    for (text, sought) in
        [("pears NOT apples", true), ("text:pears", true), ("-pears", true), ("pea*", false)]
    {
        let ids = subject.ids(&here, words(text)).await;
        assert_eq!(ids.contains(&"fruit".to_owned()), sought, "{text}");
    }
}

async fn words_are_found_in_any_case(open: Open<'_>) {
    let (subject, here) = (open().await, name("here"));
    subject
        .put(
            &here,
            [document("a", "Zürich, Grand-Hotel (2024)"), document("b", "Bern"), document("c", "the")],
        )
        .await;
    for text in ["zürich", "ZÜRICH", "hotel", "2024", "zürich!", "grand-hotel", "is it Zürich?"] {
        assert_eq!(subject.ids(&here, words(text)).await, ["a"], "{text}");
    }
    assert_eq!(subject.ids(&here, words("the")).await, ["c"], "a question of nothing but common words");
    assert!(subject.ids(&here, words("geneva")).await.is_empty());
}
