//! What may not be said to models and by them, found by rules: words, regular expressions, and those kinds of
//! personal data that a pattern with a check finds honestly.
//!
//! ```toml
//! [guardrails.support]
//! words = ["Project Condor"]                  # whole words, in any case; they block
//! blocked-input = "I cannot talk about this."
//! blocked-output = "I cannot say this."
//! [guardrails.support.pii]
//! EMAIL = "anonymize"
//! CREDIT_DEBIT_CARD_NUMBER = "block"
//! [[guardrails.support.regexes]]
//! name = "ticket"
//! pattern = 'TICKET-\d+'
//! action = "anonymize"
//! ```
//! Pure: text goes in, what was found comes out. What takes a model to judge (topics, hate, groundedness) is not here,
//! and a table that asks for it is refused.

mod assessment;
mod guardrail;
mod pii;
mod table;
mod words;

pub use assessment::{Action, Assessment, PiiHit, RegexHit, WordHit};
pub use guardrail::{Guardrail, Guardrails};
pub use pii::PiiKind;
pub use table::GuardrailError;
