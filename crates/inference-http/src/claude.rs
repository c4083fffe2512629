//! How Claude is told to think, at Anthropic's and at Bedrock alike.

use inference::Thinking;
use serde_json::{Value, json};

/// Whether to think, and how many tokens long.
pub(crate) fn thinking(wish: &Thinking) -> Option<Value> {
    match wish {
        Thinking::Unset => None,
        Thinking::Budget(0) => Some(json!({"type": "disabled"})),
        Thinking::Budget(tokens) => Some(json!({"type": "enabled", "budget_tokens": tokens})),
        Thinking::Effort(_) if effort(wish).is_none() => Some(json!({"type": "disabled"})),
        Thinking::Effort(_) => Some(json!({"type": "adaptive"})),
    }
}

/// How hard to try; a setting of its own there. Two words are other providers': not at all, and hardly.
pub(crate) fn effort(wish: &Thinking) -> Option<&str> {
    match wish {
        Thinking::Effort(effort) if effort == "none" => None,
        Thinking::Effort(effort) if effort == "minimal" => Some("low"),
        Thinking::Effort(effort) => Some(effort),
        Thinking::Unset | Thinking::Budget(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_providers_are_understood() {
        for (word, expected, kind) in [
            ("none", None, "disabled"),
            ("minimal", Some("low"), "adaptive"),
            ("max", Some("max"), "adaptive"),
        ] {
            let wish = Thinking::Effort(word.to_owned());
            assert_eq!((effort(&wish), thinking(&wish)), (expected, Some(json!({"type": kind}))), "{word}");
        }
        assert_eq!(thinking(&Thinking::Budget(0)), Some(json!({"type": "disabled"})));
        assert_eq!((thinking(&Thinking::Unset), effort(&Thinking::Budget(9))), (None, None));
    }
}
