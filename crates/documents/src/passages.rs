//! What readers gather: text under the headings that it stands below.

use crate::ReadError;

/// The most characters of a heading in a trail.
const LONGEST_HEADING: usize = 200;

/// Text that stands in one place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// What stands above it, outermost first.
    pub(crate) trail: Vec<String>,
    /// Its paragraphs, an empty line between two.
    pub(crate) text: String,
}

/// Gathers passages, up to a limit.
pub(crate) struct Passages {
    done: Vec<Passage>,
    trail: Vec<Heading>,
    text: String,
    length: usize,
    most: usize,
}

struct Heading {
    level: u8,
    title: String,
    /// Whether anything stands below it.
    used: bool,
}

impl Passages {
    pub(crate) fn new(most: usize) -> Self {
        Self { done: Vec::new(), trail: Vec::new(), text: String::new(), length: 0, most }
    }

    /// A heading: what follows stands below it, and below those of lower levels before it.
    pub(crate) fn heading(&mut self, level: u8, title: &str) {
        self.end_passage();
        let title = one_line(title);
        if title.is_empty() {
            return;
        }
        while self.trail.last().is_some_and(|last| last.level >= level) {
            self.leave();
        }
        self.length += title.len();
        // Pages tell their title again as their first heading.
        if self.trail.last().is_none_or(|last| last.title != title) {
            self.trail.iter_mut().for_each(|heading| heading.used = true);
            self.trail.push(Heading { level, title, used: false });
        }
    }

    /// A paragraph, its lines as they are.
    pub(crate) fn paragraph(&mut self, text: &str) {
        let text = text.trim_matches(['\n', '\r', ' ', '\t']);
        if text.is_empty() || self.is_full() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        let before = self.text.len();
        self.text.extend(text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')));
        self.length += self.text.len() - before;
    }

    /// Whether there is too much already, so that no more has to be read.
    pub(crate) fn is_full(&self) -> bool {
        self.length > self.most
    }

    pub(crate) fn finish(mut self) -> Result<Vec<Passage>, ReadError> {
        self.end_passage();
        while !self.trail.is_empty() {
            self.leave();
        }
        if self.is_full() { Err(ReadError::TooLong { most: self.most }) } else { Ok(self.done) }
    }

    fn end_passage(&mut self) {
        if self.text.trim().is_empty() {
            self.text.clear();
            return;
        }
        self.trail.iter_mut().for_each(|heading| heading.used = true);
        let trail = self.trail.iter().map(|heading| heading.title.clone()).collect();
        self.done.push(Passage { trail, text: std::mem::take(&mut self.text) });
    }

    /// The last heading ends. If nothing stood below it, it is all that there is to say.
    fn leave(&mut self) {
        let Some(heading) = self.trail.pop().filter(|heading| !heading.used) else { return };
        let trail = self.trail.iter().map(|heading| heading.title.clone()).collect();
        self.done.push(Passage { trail, text: heading.title });
    }
}

fn one_line(title: &str) -> String {
    let mut line = String::new();
    for word in title.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !c.is_control()));
    }
    line.chars().take(LONGEST_HEADING).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stands_below_its_headings() {
        let mut passages = Passages::new(1_000);
        passages.paragraph("Before.");
        passages.heading(1, " A\n guide ");
        passages.paragraph("One.");
        passages.paragraph("Two.\u{0}");
        passages.heading(3, "Deep");
        passages.heading(2, "Empty");
        passages.heading(2, "Last");
        passages.paragraph("Three.");
        let told: Vec<(String, String)> = passages
            .finish()
            .unwrap()
            .into_iter()
            .map(|passage| (passage.trail.join(" > "), passage.text))
            .collect();
        let expected = [
            ("", "Before."),
            ("A guide", "One.\n\nTwo."),
            ("A guide", "Deep"),
            ("A guide", "Empty"),
            ("A guide > Last", "Three."),
        ];
        assert_eq!(told, expected.map(|(trail, text)| (trail.to_owned(), text.to_owned())));
    }
}
