//! What a guardrail found.

use crate::pii::PiiKind;

/// What happens to what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing is said at all, but the guardrail's own message.
    Block,
    /// A mark stands in its place.
    Anonymize,
}

/// A word that may not be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordHit {
    /// As it was said.
    pub found: String,
}

/// Personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PiiHit {
    /// Which kind.
    pub kind: PiiKind,
    /// As it was said.
    pub found: String,
    /// What happens to it.
    pub action: Action,
}

/// What a regular expression found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegexHit {
    /// The expression's name.
    pub name: String,
    /// The expression.
    pub pattern: String,
    /// What it found.
    pub found: String,
    /// What happens to it.
    pub action: Action,
}

/// What a guardrail found in some texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assessment {
    /// Words that may not be said.
    pub words: Vec<WordHit>,
    /// Personal data.
    pub pii: Vec<PiiHit>,
    /// What regular expressions found.
    pub regexes: Vec<RegexHit>,
    /// The texts in the order in which they came, with marks in the place of what is to be anonymized.
    pub texts: Vec<String>,
    /// How many characters were looked at.
    pub characters: usize,
}

impl Assessment {
    /// Whether something was found that may not be said at all.
    pub fn blocked(&self) -> bool {
        !self.words.is_empty() || self.actions().any(|action| action == Action::Block)
    }

    /// Whether something was found that is to be anonymized.
    pub fn anonymized(&self) -> bool {
        self.actions().any(|action| action == Action::Anonymize)
    }

    /// Whether anything was found.
    pub fn intervened(&self) -> bool {
        self.blocked() || self.anonymized()
    }

    fn actions(&self) -> impl Iterator<Item = Action> + '_ {
        let pii = self.pii.iter().map(|hit| hit.action);
        pii.chain(self.regexes.iter().map(|hit| hit.action))
    }
}
