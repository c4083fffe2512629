use proptest::prelude::*;

use super::*;

fn texts(text: &str) -> Vec<String> {
    let passage = Passage { trail: vec!["Here".to_owned()], text: text.to_owned() };
    let pieces = cut(&[passage]);
    assert!(pieces.iter().all(|piece| piece.trail == ["Here"]));
    pieces.into_iter().map(|piece| piece.text).collect()
}

#[test]
fn what_is_short_stays_whole() {
    assert_eq!(
        texts("One sentence. Another one.\n\nA paragraph."),
        ["One sentence. Another one.\n\nA paragraph."]
    );
    assert_eq!(texts("  "), Vec::<String>::new());
}

#[test]
fn pieces_end_with_sentences_and_say_the_last_ones_again() {
    let text: String =
        (0..60).map(|number| format!("This is sentence number {number} of them all. ")).collect();
    let pieces = texts(&text);
    assert!(pieces.len() > 2);
    for pair in pieces.windows(2) {
        assert!(pair[0].ends_with("of them all."), "{}", pair[0]);
        let begin = pair[1].split_inclusive('.').next().unwrap();
        assert!(pair[0].contains(begin), "{begin}");
    }
}

#[test]
fn a_sentence_without_end_is_cut_between_words_and_a_word_anywhere() {
    for piece in texts(&"word ".repeat(1_000)) {
        assert!(piece.split(' ').all(|word| word == "word"), "{piece}");
    }
    assert_eq!(
        texts(&"ü".repeat(2_500)).iter().map(|piece| piece.chars().count()).collect::<Vec<_>>(),
        [1_000, 1_000, 500]
    );
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_is_too_long(text in "([a-zß漢]{1,9}[ .!\u{2003}\\n]{1,3}){0,600}") {
        let pieces = texts(&text);
        for piece in &pieces {
            prop_assert!(piece.chars().count() <= TARGET);
        }
        let all = pieces.join(" ");
        for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()) {
            prop_assert!(all.contains(word));
        }
    }
}
