//! Texts that models write, made fit to be kept.

use stdx::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The text without surrounding blanks and control characters, cut after so many characters; `None` if nothing is left.
pub(crate) fn tidy(text: &str, most: usize) -> Option<String> {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.trim().chars().filter(kept).take(most).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The instant as models read it.
pub(crate) fn instant(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at.as_secs()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(&Rfc3339).expect("an instant of these years has a form")
}

/// Whether an answer to a question of yes or no is yes.
pub(crate) fn is_yes(text: &str) -> bool {
    text.trim().get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case("yes"))
}
