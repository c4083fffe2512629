//! Words that may not be said.

use regex::{Regex, RegexBuilder};

/// One expression for all the words: each as a whole word, in any case.
pub(crate) fn expression(words: &[String]) -> Result<Option<Regex>, regex::Error> {
    if words.is_empty() {
        return Ok(None);
    }
    let alternatives: Vec<_> = words.iter().map(|word| bounded(word.trim())).collect();
    RegexBuilder::new(&alternatives.join("|")).case_insensitive(true).build().map(Some)
}

/// The word between boundaries, where it begins and ends with a letter; `C++` ends where it ends.
fn bounded(word: &str) -> String {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let before = if word.starts_with(is_letter) { r"\b" } else { "" };
    let after = if word.ends_with(is_letter) { r"\b" } else { "" };
    let spaced: Vec<_> = word.split_whitespace().map(regex::escape).collect();
    format!("{before}{}{after}", spaced.join(r"\s+"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_in_any_case() {
        let words = ["Project Condor", "C++"].map(str::to_owned);
        let expression = expression(&words).unwrap().unwrap();
        for found in ["about project  condor.", "PROJECT CONDOR", "in c++!"] {
            assert!(expression.is_match(found), "{found}");
        }
        for free in ["project condors", "a project", "C+"] {
            assert!(!expression.is_match(free), "{free}");
        }
    }
}
