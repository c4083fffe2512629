//! Answers that cannot be used.

/// What a model answered is not what it was asked for. Says what is wrong with it, never what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Garbage {
    /// There is no answer.
    #[error("the answer is empty")]
    Empty,
    /// It is too long to be read.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// What was asked for is not in it.
    #[error("the answer holds no {0}")]
    Missing(&'static str),
    /// It begins as it should and does not end.
    #[error("the answer breaks off within its {0}")]
    CutOff(&'static str),
    /// It has the right form, and nothing in it does.
    #[error("none of the answer's {0} has the members that were asked for")]
    NoneFits(&'static str),
}

/// The answer without what the model says that it thought.
pub(crate) fn spoken(answer: &str) -> Result<&str, Garbage> {
    if answer.len() > crate::LONGEST_ANSWER {
        return Err(Garbage::TooLong(crate::LONGEST_ANSWER));
    }
    let text = answer.trim();
    // Some models that run locally put their thoughts before the answer.
    let text = match text.strip_prefix("<think>").and_then(|text| text.split_once("</think>")) {
        Some((_, text)) => text.trim(),
        None => text,
    };
    if text.is_empty() { Err(Garbage::Empty) } else { Ok(text) }
}
