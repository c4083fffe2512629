//! The model's constraints as constants.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

/// What a value has to keep to: size (length, items or the number itself), pattern, and the rules of what it holds.
#[derive(Debug)]
pub struct Rule {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) pattern: Option<&'static Pattern>,
    pub(crate) keys: Option<&'static Rule>,
    pub(crate) items: Option<&'static Rule>,
}

/// The rule of values without constraints.
pub static ANY: Rule = Rule::ANY;

impl Rule {
    /// No constraint.
    pub const ANY: Self = Self { min: None, max: None, pattern: None, keys: None, items: None };

    /// At least so much: characters, bytes, items, or the number itself.
    #[must_use]
    pub const fn min(mut self, min: f64) -> Self {
        self.min = Some(min);
        self
    }

    /// At most so much.
    #[must_use]
    pub const fn max(mut self, max: f64) -> Self {
        self.max = Some(max);
        self
    }

    /// The whole text has this form.
    #[must_use]
    pub const fn pattern(mut self, pattern: &'static Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// The rule of a map's keys.
    #[must_use]
    pub const fn keys(mut self, keys: &'static Rule) -> Self {
        self.keys = Some(keys);
        self
    }

    /// The rule of a list's items or a map's values.
    #[must_use]
    pub const fn items(mut self, items: &'static Rule) -> Self {
        self.items = Some(items);
        self
    }

    /// What is wrong with a thing of this size, counted in `unit`.
    pub(crate) fn size_fault(&self, size: f64, unit: &str) -> Option<String> {
        let too_small = self.min.is_some_and(|min| size < min);
        let too_large = self.max.is_some_and(|max| size > max);
        if !too_small && !too_large {
            return None;
        }
        let verb = if unit.is_empty() { "must be" } else { "must have" };
        let space = if unit.is_empty() { "" } else { " " };
        let range = match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("exactly {min}"),
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => return None,
        };
        Some(format!("{verb} {range}{space}{unit}, not {size}"))
    }
}

/// A pattern that a text has to match as a whole; compiled when it is first needed.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Regex(OnceLock<Regex>),
    Predicate(fn(&str) -> bool),
}

impl Pattern {
    /// A pattern in the syntax that the model and the `regex` crate share.
    pub const fn regex(source: &'static str) -> Self {
        Self { source, form: Form::Regex(OnceLock::new()) }
    }

    /// A pattern that the `regex` crate cannot express, with a function that decides it.
    pub const fn predicate(source: &'static str, decide: fn(&str) -> bool) -> Self {
        Self { source, form: Form::Predicate(decide) }
    }

    /// The pattern as the model writes it.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        match &self.form {
            Form::Regex(compiled) => compiled.get_or_init(|| compile(self.source)).is_match(text),
            Form::Predicate(decide) => decide(text),
        }
    }
}

/// The model leaves anchors to the reader: services match the whole text, and `.` covers line breaks in free text.
fn compile(source: &str) -> Regex {
    RegexBuilder::new(&format!("^(?:{source})$"))
        .dot_matches_new_line(true)
        .build()
        .expect("the generator compiled every pattern before it wrote it down")
}

/// The one look-ahead of the models: a lower-case word that is not a name the service fills in itself.
pub fn namespace_variable(text: &str) -> bool {
    const TAKEN: [&str; 3] = ["memoryStrategyId", "actorId", "sessionId"];
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && !TAKEN.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_the_whole_text() {
        let pattern = Pattern::regex("[a-z]+");
        assert!(pattern.matches("abc"));
        assert!(!pattern.matches("abc1") && !pattern.matches("abc\n") && !pattern.matches(""));
    }

    #[test]
    fn alternatives_with_stray_anchors_still_cover_the_whole_text() {
        let pattern = Pattern::regex("$|^[a-z]+");
        assert!(pattern.matches("") && pattern.matches("abc"));
        assert!(!pattern.matches("ABC"));
    }

    #[test]
    fn namespace_variables_are_lower_case_words() {
        assert!(namespace_variable("team1"));
        for refused in ["", "1team", "Team", "actorId", "sessionId", "memoryStrategyId", "a-b"] {
            assert!(!namespace_variable(refused), "{refused}");
        }
    }

    #[test]
    fn sizes_are_told_in_words() {
        let rule = Rule::ANY.min(1.0).max(3.0);
        assert_eq!(rule.size_fault(4.0, "characters").unwrap(), "must have 1 to 3 characters, not 4");
        assert_eq!(Rule::ANY.min(2.0).size_fault(1.0, "").unwrap(), "must be at least 2, not 1");
        assert_eq!(Rule::ANY.size_fault(1e9, ""), None);
    }
}
