//! Texts into tokens, as the model's `tokenizer.json` says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use inference::{ErrorKind, ModelError};
use tokenizers::{Tokenizer, TruncationParams};

use crate::error::LoadError;
use crate::files;
use crate::model::Pipeline;

/// The most that a tokenizer's file may have; the largest in use (250,000 tokens) have some 17 MB.
const LARGEST: u64 = 64 << 20;
/// Of a longer text only the beginning is looked at first.
const AT_FIRST: usize = 16 << 10;

/// A tokenizer that yields no more tokens than the model can read.
pub(crate) struct Tokens {
    tokenizer: Tokenizer,
    longest: usize,
    lower_case: bool,
    vocabulary: usize,
}

impl Tokens {
    /// Reads the tokenizer of a model with so many tokens; also gives the bytes it is made of.
    pub(crate) fn read(
        path: &Path,
        pipeline: &Pipeline,
        vocabulary: usize,
    ) -> Result<(Self, Vec<u8>), LoadError> {
        let bytes = files::read(path, LARGEST)?;
        let wrong = |what: String| LoadError::Wrong { path: path.to_owned(), what };
        // The library takes its own files for granted here and there.
        let parsed = catch_unwind(AssertUnwindSafe(|| Tokenizer::from_bytes(&bytes)));
        let mut tokenizer = parsed
            .map_err(|_| wrong("the tokenizer is not understood".to_owned()))?
            .map_err(|error| wrong(format!("the tokenizer is not understood: {error}")))?;
        let truncation = TruncationParams { max_length: pipeline.longest, ..TruncationParams::default() };
        tokenizer
            .with_padding(None)
            .with_truncation(Some(truncation))
            .map_err(|error| wrong(format!("the tokenizer cannot truncate: {error}")))?;
        let highest = tokenizer.get_vocab(true).into_values().max();
        if highest.is_none_or(|highest| highest as usize >= vocabulary) {
            return Err(wrong(format!("it has tokens up to {highest:?}; the model knows {vocabulary}")));
        }
        let Pipeline { longest, lower_case, .. } = *pipeline;
        Ok((Self { tokenizer, longest, lower_case, vocabulary }, bytes))
    }

    /// The tokens of a text, at least one and at most as many as the model can read.
    pub(crate) fn of(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let text = text.trim();
        let mut end = AT_FIRST;
        loop {
            let part = beginning(text, end);
            let tokens = self.encode(part)?;
            // A token never reaches across a space, so more text would only add tokens behind these.
            if part.len() == text.len() || tokens.len() >= self.longest {
                let none =
                    || ModelError::new(ErrorKind::Invalid, "the text has nothing that the model can read");
                return (!tokens.is_empty()).then_some(tokens).ok_or_else(none);
            }
            end = end.saturating_mul(4);
        }
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let lower = self.lower_case.then(|| text.to_lowercase());
        let encoding =
            self.tokenizer.encode_fast(lower.as_deref().unwrap_or(text), true).map_err(|error| {
                ModelError::new(ErrorKind::Invalid, "the model's tokenizer fails at the text").because(error)
            })?;
        let tokens = encoding.get_ids();
        // What the file lists was checked, but it may also make tokens up, for bytes that it does not list.
        if tokens.iter().any(|token| *token as usize >= self.vocabulary) {
            return Err(ModelError::new(
                ErrorKind::Failed,
                "the tokenizer yields what the model does not know",
            ));
        }
        Ok(tokens.to_vec())
    }
}

/// The text up to the first space at or behind `end`.
fn beginning(text: &str, end: usize) -> &str {
    if text.len() <= end {
        return text;
    }
    let end = text.ceil_char_boundary(end);
    let space = text[end..].find(char::is_whitespace);
    space.map_or(text, |space| &text[..end + space])
}
