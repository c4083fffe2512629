//! A guardrail as the models file describes it.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::assessment::Action;
use crate::guardrail::{Guardrail, Named};
use crate::pii::PiiKind;
use crate::words;

const BLOCKED_INPUT: &str = "Sorry, the model cannot answer this question.";
const BLOCKED_OUTPUT: &str = "Sorry, the model cannot answer this question.";
/// How large a compiled expression may be, in bytes.
const LARGEST: usize = 1 << 20;

/// A table that is no guardrail.
#[derive(Debug, thiserror::Error)]
pub enum GuardrailError {
    /// A word that is not known, or of another type.
    #[error("{0}")]
    NotUnderstood(String),
    /// Something that takes a model or a list that nobody has given us.
    #[error("`{word}` is not available: {instead}")]
    NotAvailable {
        /// What is asked for.
        word: String,
        /// What can be done.
        instead: &'static str,
    },
    /// An expression that cannot be compiled.
    #[error("the expression {name:?} cannot be used: {message}")]
    Expression {
        /// Its name.
        name: String,
        /// What is wrong with it.
        message: String,
    },
    /// Nothing would ever be found.
    #[error("has no words, no regexes and no pii, so that it would find nothing")]
    Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    regexes: Vec<Expression>,
    #[serde(default)]
    pii: BTreeMap<String, Action>,
    blocked_input: Option<String>,
    blocked_output: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Expression {
    name: String,
    pattern: String,
    action: Action,
}

/// What Bedrock's guardrails have and rules cannot do.
const NOT_AVAILABLE: [(&str, &str); 5] = [
    ("managed-words", "there is no list of profanities here; give your own with `words`"),
    ("topics", "only a model can tell a topic; list its words with `words` or `regexes`"),
    ("content-filters", "only a model can judge content; list words with `words` or `regexes`"),
    ("contextual-grounding", "only a model can judge whether an answer is grounded"),
    ("automated-reasoning", "no reasoner is built in"),
];

impl Guardrail {
    /// Reads a guardrail's table.
    pub fn parse(id: &str, table: &toml::Table) -> Result<Self, GuardrailError> {
        if let Some((word, instead)) = NOT_AVAILABLE.iter().find(|(word, _)| table.contains_key(*word)) {
            return Err(GuardrailError::NotAvailable { word: (*word).to_owned(), instead });
        }
        let table: Table = table
            .clone()
            .try_into()
            .map_err(|error: toml::de::Error| GuardrailError::NotUnderstood(error.message().to_owned()))?;
        if table.words.iter().any(|word| word.trim().is_empty()) {
            return Err(GuardrailError::NotUnderstood("`words` has an empty word".to_owned()));
        }
        let guardrail = Self {
            id: id.to_owned(),
            words: words::expression(&table.words).map_err(|error| unusable("words", &error))?,
            regexes: table.regexes.into_iter().map(named).collect::<Result<_, _>>()?,
            pii: table
                .pii
                .into_iter()
                .map(|(name, action)| Ok((kind(&name)?, action)))
                .collect::<Result<_, GuardrailError>>()?,
            blocked_input: table.blocked_input.unwrap_or_else(|| BLOCKED_INPUT.to_owned()),
            blocked_output: table.blocked_output.unwrap_or_else(|| BLOCKED_OUTPUT.to_owned()),
        };
        match guardrail.words.is_none() && guardrail.regexes.is_empty() && guardrail.pii.is_empty() {
            true => Err(GuardrailError::Empty),
            false => Ok(guardrail),
        }
    }
}

fn kind(name: &str) -> Result<PiiKind, GuardrailError> {
    PiiKind::parse(name).ok_or_else(|| GuardrailError::NotAvailable {
        word: name.to_owned(),
        instead: "found here are AWS_ACCESS_KEY, CREDIT_DEBIT_CARD_NUMBER, EMAIL, INTERNATIONAL_BANK_ACCOUNT_NUMBER, \
                  IP_ADDRESS, PHONE, URL and US_SOCIAL_SECURITY_NUMBER; for others, write an expression into `regexes`",
    })
}

fn named(expression: Expression) -> Result<Named, GuardrailError> {
    let Expression { name, pattern, action } = expression;
    let compiled = RegexBuilder::new(&pattern).size_limit(LARGEST).build();
    let compiled: Regex = compiled.map_err(|error| unusable(&name, &error))?;
    if compiled.is_match("") {
        let message = "it finds nothing at all everywhere".to_owned();
        return Err(GuardrailError::Expression { name, message });
    }
    Ok(Named { name, expression: compiled, action })
}

fn unusable(name: &str, error: &regex::Error) -> GuardrailError {
    GuardrailError::Expression { name: name.to_owned(), message: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Guardrail::parse("g", &text.parse().unwrap()).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn what_rules_cannot_do_is_refused() {
        assert!(refusal("managed-words = [\"PROFANITY\"]").contains("give your own with `words`"));
        assert!(refusal("[pii]\nNAME = \"block\"").contains("`NAME` is not available"));
        assert!(refusal("wrods = []").contains("unknown field `wrods`"));
        assert!(refusal("").contains("would find nothing"));
        let regex = |pattern| {
            refusal(&format!("[[regexes]]\nname = \"a\"\npattern = '{pattern}'\naction = \"block\""))
        };
        assert!(regex("(").contains("\"a\" cannot be used"));
        assert!(regex("x*").contains("everywhere"));
    }
}
