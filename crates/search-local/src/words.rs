//! From text to words: in lower case, without accents, without English endings, irregular forms as their verb or
//! their singular. Scripts that do not separate words become one word a character.

mod irregular;

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, Stemmer, StopWordFilter, TextAnalyzer, Token,
    TokenStream, Tokenizer,
};

use irregular::Irregular;

/// The name that the schema knows this by.
pub(crate) const NAME: &str = "words";

/// Longer ones are no words.
const LONGEST: usize = 64;

/// Words that say nothing about what is sought.
const COMMON: &str = "a about after all also am an and any are as at be because been before being both but by can \
    could d did do does doing don for from had has have having he her here hers him his how i if in into is it its \
    just ll m me more most my no not of on or our ours out over own re s she should so some such t than that the \
    their theirs them then there these they this those to too us ve very was we were what when where which while \
    who whom whose why will with would you your yours";

/// What texts go through.
pub(crate) fn of_text() -> TextAnalyzer {
    TextAnalyzer::builder(Words::default())
        .filter(RemoveLongFilter::limit(LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Irregular)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// What questions go through.
fn of_question() -> TextAnalyzer {
    TextAnalyzer::builder(Words::default())
        .filter(RemoveLongFilter::limit(LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(StopWordFilter::remove(COMMON.split_whitespace().map(str::to_owned)))
        .filter(Irregular)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// A question's words, each with how often it is asked. Common words count only where there are no others.
pub(crate) fn asked(question: &str) -> Vec<(String, u32)> {
    let telling = counted(of_question(), question);
    if telling.is_empty() { counted(of_text(), question) } else { telling }
}

/// How many words a text has, the common ones among them.
pub(crate) fn length(text: &str) -> u32 {
    counted(of_text(), text).into_iter().map(|(_, times)| times).sum()
}

fn counted(mut analyzer: TextAnalyzer, text: &str) -> Vec<(String, u32)> {
    let mut words = std::collections::BTreeMap::new();
    analyzer.token_stream(text).process(&mut |token| *words.entry(token.text.clone()).or_insert(0) += 1);
    words.into_iter().collect()
}

#[derive(Clone, Default)]
struct Words(Token);

struct Stream<'a> {
    text: &'a str,
    at: usize,
    token: &'a mut Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        self.0.reset();
        Stream { text, at: 0, token: &mut self.0 }
    }
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(begin) = rest.find(char::is_alphanumeric) else { return false };
        let word = &rest[begin..];
        let first = word.chars().next().map_or(0, char::len_utf8);
        let alone = word[..first].chars().all(stands_alone);
        let ends = |c: char| !(c.is_alphanumeric() || is_accent(c)) || stands_alone(c);
        let length = if alone { first } else { word.find(ends).unwrap_or(word.len()) };
        self.token.text.clear();
        self.token.text.extend(word[..length].chars().filter(|c| !is_accent(*c)));
        self.token.offset_from = self.at + begin;
        self.token.offset_to = self.at + begin + length;
        self.token.position = self.token.position.wrapping_add(1);
        self.at = self.token.offset_to;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// An accent that follows its letter.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Characters of scripts that put no spaces between words: Thai to Khmer, kana, Han.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, expected: &[&str]) {
        let words: Vec<_> = asked(question).into_iter().map(|(word, _)| word).collect();
        assert_eq!(words, expected, "{question}");
    }

    #[test]
    fn questions_become_words() {
        check("When did the dancers' studios open?", &["dancer", "open", "studio"]);
        check("Who wrote that he had gone to the Women's club?", &["club", "go", "woman", "write"]);
        check("Zürich ZURICH zu\u{308}rich", &["zurich"]);
        check("りんごX2 が", &["x2", "が", "ご", "り", "ん"]);
        check("what is it", &["is", "it", "what"]);
        check("🦀 ... \"", &[]);
        check(&"x".repeat(65), &[]);
        assert_eq!(asked("to be or not to be, banana BANANAS"), [("banana".to_owned(), 2)]);
    }
}
