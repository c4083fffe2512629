//! Plain text.

use crate::passages::Passages;

/// Reads paragraphs between empty lines.
pub(crate) fn read(text: &str, passages: &mut Passages) {
    let mut paragraph = String::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            passages.paragraph(&paragraph);
            paragraph.clear();
        } else {
            paragraph.push_str(line.trim_end());
            paragraph.push('\n');
        }
    }
    passages.paragraph(&paragraph);
}
