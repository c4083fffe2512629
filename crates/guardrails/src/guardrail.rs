//! Guardrails, and looking at texts with them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use regex::Regex;

use crate::assessment::{Action, Assessment, PiiHit, RegexHit, WordHit};
use crate::pii::{self, PiiKind};

/// Rules about what may be said.
#[derive(Clone, Debug)]
pub struct Guardrail {
    pub(crate) id: String,
    pub(crate) words: Option<Regex>,
    pub(crate) regexes: Vec<Named>,
    pub(crate) pii: BTreeMap<PiiKind, Action>,
    pub(crate) blocked_input: String,
    pub(crate) blocked_output: String,
}

/// An expression with its name.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) expression: Regex,
    pub(crate) action: Action,
}

/// All guardrails that are configured; cloning is cheap, and every clone sees the newest.
#[derive(Clone, Default)]
pub struct Guardrails(Arc<RwLock<BTreeMap<String, Arc<Guardrail>>>>);

impl Guardrails {
    /// Puts these in the place of all others.
    pub fn replace(&self, guardrails: impl IntoIterator<Item = Guardrail>) {
        let by_id = guardrails.into_iter().map(|guardrail| (guardrail.id.clone(), Arc::new(guardrail)));
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = by_id.collect();
    }

    /// The guardrail of this id.
    pub fn find(&self, id: &str) -> Option<Arc<Guardrail>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }
}

impl Guardrail {
    /// The name that requests use.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is said in the place of a question that is blocked.
    pub fn blocked_input(&self) -> &str {
        &self.blocked_input
    }

    /// What is said in the place of an answer that is blocked.
    pub fn blocked_output(&self) -> &str {
        &self.blocked_output
    }

    /// Whether it has words; whether it has kinds of personal data; whether it has expressions.
    pub fn looks_for(&self) -> (bool, bool, bool) {
        (self.words.is_some(), !self.pii.is_empty(), !self.regexes.is_empty())
    }

    /// Looks at texts, each for itself.
    pub fn check<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Assessment {
        let mut assessment = Assessment::default();
        for text in texts {
            let masked = self.look(text, &mut assessment);
            assessment.texts.push(masked);
            assessment.characters += text.chars().count();
        }
        assessment
    }

    fn look(&self, text: &str, found: &mut Assessment) -> String {
        let mut marks = Vec::new();
        if let Some(words) = &self.words {
            found.words.extend(words.find_iter(text).map(|hit| WordHit { found: hit.as_str().to_owned() }));
        }
        for Named { name, expression, action } in &self.regexes {
            for hit in expression.find_iter(text).filter(|hit| !hit.is_empty()) {
                marks.extend(mark(*action, hit.range(), name));
                let found_text = hit.as_str().to_owned();
                let pattern = expression.as_str().to_owned();
                found.regexes.push(RegexHit {
                    name: name.clone(),
                    pattern,
                    found: found_text,
                    action: *action,
                });
            }
        }
        for (kind, range) in pii::find(text, &self.pii.keys().copied().collect::<BTreeSet<_>>()) {
            let action = self.pii[&kind];
            marks.extend(mark(action, range.clone(), kind.as_str()));
            found.pii.push(PiiHit { kind, found: text[range].to_owned(), action });
        }
        masked(text, marks)
    }
}

fn mark(action: Action, range: Range<usize>, name: &str) -> Option<(Range<usize>, String)> {
    (action == Action::Anonymize).then(|| (range, format!("{{{name}}}")))
}

/// The text with its marks. Where two overlap, one mark stands for all that they cover.
fn masked(text: &str, mut marks: Vec<(Range<usize>, String)>) -> String {
    marks.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, mark) in marks {
        if range.start >= done {
            out.push_str(&text[done..range.start]);
            out.push_str(&mark);
        }
        done = done.max(range.end);
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn guardrail() -> Guardrail {
        let table = r#"
            words = ["condor"]
            [pii]
            EMAIL = "anonymize"
            CREDIT_DEBIT_CARD_NUMBER = "block"
            [[regexes]]
            name = "ticket"
            pattern = 'T-\d+'
            action = "anonymize"
        "#;
        Guardrail::parse("g", &table.parse().unwrap()).unwrap()
    }

    #[test]
    fn what_is_to_be_anonymized_gets_a_mark() {
        let found = guardrail().check(["T-17 is from anna@example.org", "nothing"]);
        assert_eq!(found.texts, ["{ticket} is from {EMAIL}", "nothing"]);
        assert!(found.anonymized() && !found.blocked());
        assert_eq!((found.regexes[0].found.as_str(), found.characters), ("T-17", 36));
    }

    #[test]
    fn words_and_what_is_to_be_blocked_block() {
        assert!(guardrail().check(["the Condor flies"]).blocked());
        assert!(guardrail().check(["my card is 4111 1111 1111 1111"]).blocked());
        assert!(!guardrail().check(["my card is 4111 1111 1111 1112"]).intervened());
    }

    #[test]
    fn one_mark_stands_for_what_overlaps() {
        let marks = vec![(0..5, "{a}".to_owned()), (3..8, "{b}".to_owned()), (8..9, "{c}".to_owned())];
        assert_eq!(masked("0123456789", marks), "{a}{c}9");
    }

    #[test]
    fn another_set_takes_the_place_of_the_first() {
        let all = Guardrails::default();
        all.replace([guardrail()]);
        assert!(all.clone().find("g").is_some());
        all.replace([]);
        assert!(all.find("g").is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            prop_assert_eq!(guardrail().check([text.as_str()]).texts.len(), 1);
        }
    }
}
