//! Cutting passages into pieces: at the ends of sentences, with a little of the one before.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::passages::Passage;

/// How many characters a piece has at most.
const TARGET: usize = 1_000;
/// How many of the piece before are said again at most, in whole sentences.
const OVERLAP: usize = 200;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What stands above it, outermost first: headings, or a page.
    pub trail: Vec<String>,
    /// Its text: at most a thousand characters.
    pub text: String,
}

/// Cuts passages into pieces. No piece has parts of two passages.
pub(crate) fn cut(passages: &[Passage]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for passage in passages {
        let mut sentences = Vec::new();
        for sentence in passage.text.split_sentence_bounds() {
            divide(sentence, &mut sentences);
        }
        gather(&sentences, |text| pieces.push(Piece { trail: passage.trail.clone(), text }));
    }
    pieces
}

/// A stretch of text with its number of characters.
type Counted<'a> = (&'a str, usize);

fn gather(sentences: &[Counted<'_>], mut tell: impl FnMut(String)) {
    let (mut begin, mut length) = (0, 0);
    for (index, (_, count)) in sentences.iter().enumerate() {
        if length + count > TARGET && begin < index {
            tell_text(&sentences[begin..index], &mut tell);
            // As many sentences again as fit, with room for the one that comes.
            let room = OVERLAP.min(TARGET.saturating_sub(*count));
            (begin, length) = (index, 0);
            while begin > 0 && length + sentences[begin - 1].1 <= room {
                begin -= 1;
                length += sentences[begin].1;
            }
        }
        length += count;
    }
    tell_text(&sentences[begin..], &mut tell);
}

fn tell_text(sentences: &[Counted<'_>], tell: &mut impl FnMut(String)) {
    let text: String = sentences.iter().map(|(text, _)| *text).collect();
    let text = text.trim();
    if !text.is_empty() {
        tell(text.to_owned());
    }
}

/// A sentence; one that is too long in parts of whole words, and a word that is too long in parts of it.
fn divide<'a>(sentence: &'a str, into: &mut Vec<Counted<'a>>) {
    let count = sentence.chars().count();
    if count <= TARGET {
        into.push((sentence, count));
        return;
    }
    let mut rest = sentence;
    while !rest.is_empty() {
        let end = rest.char_indices().nth(TARGET).map_or(rest.len(), |(at, _)| at);
        let space = || rest[..end].rfind(char::is_whitespace).map(|at| at + 1);
        let at = if end == rest.len() { end } else { space().map_or(end, |at| rest.ceil_char_boundary(at)) };
        let (part, after) = rest.split_at(at);
        into.push((part, part.chars().count()));
        rest = after;
    }
}

#[cfg(test)]
mod tests;
