//! What a guardrail found, on Bedrock's wire.

use bedrock_api::runtime::shared as wire;
use guardrails::{Action, Assessment, PiiKind};

use super::Guard;

/// What counts as one unit of text.
const UNIT: usize = 1000;

pub(super) fn on_the_wire(guard: &Guard, found: &Assessment) -> wire::GuardrailAssessment {
    wire::GuardrailAssessment {
        topic_policy: None,
        content_policy: None,
        word_policy: words(found),
        sensitive_information_policy: sensitive(found),
        contextual_grounding_policy: None,
        automated_reasoning_policy: None,
        invocation_metrics: Some(wire::GuardrailInvocationMetrics {
            guardrail_processing_latency: None,
            usage: Some(usage(guard, found)),
            guardrail_coverage: Some(coverage(found)),
        }),
        applied_guardrail_details: Some(wire::AppliedGuardrailDetails {
            guardrail_id: Some(guard.guardrail.id().to_owned()),
            guardrail_version: Some(guard.version.clone()),
            guardrail_arn: Some(guard.arn.clone()),
            guardrail_origin: Some(vec![wire::GuardrailOrigin::Request]),
            guardrail_ownership: Some(wire::GuardrailOwnership::Self_),
        }),
    }
}

fn words(found: &Assessment) -> Option<wire::GuardrailWordPolicyAssessment> {
    let words = found.words.iter().map(|hit| wire::GuardrailCustomWord {
        r#match: hit.found.clone(),
        action: wire::GuardrailWordPolicyAction::Blocked,
        detected: Some(true),
    });
    (!found.words.is_empty()).then(|| wire::GuardrailWordPolicyAssessment {
        custom_words: words.collect(),
        managed_word_lists: Vec::new(),
    })
}

fn sensitive(found: &Assessment) -> Option<wire::GuardrailSensitiveInformationPolicyAssessment> {
    if found.pii.is_empty() && found.regexes.is_empty() {
        return None;
    }
    let pii = found.pii.iter().map(|hit| wire::GuardrailPiiEntityFilter {
        r#match: hit.found.clone(),
        r#type: kind(hit.kind),
        action: action(hit.action),
        detected: Some(true),
    });
    let regexes = found.regexes.iter().map(|hit| wire::GuardrailRegexFilter {
        name: Some(hit.name.clone()),
        r#match: Some(hit.found.clone()),
        regex: Some(hit.pattern.clone()),
        action: action(hit.action),
        detected: Some(true),
    });
    Some(wire::GuardrailSensitiveInformationPolicyAssessment {
        pii_entities: pii.collect(),
        regexes: regexes.collect(),
    })
}

fn action(action: Action) -> wire::GuardrailSensitiveInformationPolicyAction {
    match action {
        Action::Block => wire::GuardrailSensitiveInformationPolicyAction::Blocked,
        Action::Anonymize => wire::GuardrailSensitiveInformationPolicyAction::Anonymized,
    }
}

fn kind(kind: PiiKind) -> wire::GuardrailPiiEntityType {
    wire::GuardrailPiiEntityType::parse(kind.as_str()).expect("the kinds have Bedrock's names")
}

/// What the guardrail looked at, in units of text, where it has such rules.
pub(super) fn usage(guard: &Guard, found: &Assessment) -> wire::GuardrailUsage {
    let units = |wanted: bool| match wanted {
        true => i32::try_from(found.characters.div_ceil(UNIT)).unwrap_or(i32::MAX),
        false => 0,
    };
    let (words, pii, regexes) = guard.guardrail.looks_for();
    wire::GuardrailUsage {
        topic_policy_units: 0,
        content_policy_units: 0,
        word_policy_units: units(words),
        sensitive_information_policy_units: units(pii),
        sensitive_information_policy_free_units: units(regexes),
        contextual_grounding_policy_units: 0,
        content_policy_image_units: None,
        automated_reasoning_policy_units: None,
        automated_reasoning_policies: None,
    }
}

pub(super) fn coverage(found: &Assessment) -> wire::GuardrailCoverage {
    let characters = Some(i32::try_from(found.characters).unwrap_or(i32::MAX));
    let text = wire::GuardrailTextCharactersCoverage { guarded: characters, total: characters };
    wire::GuardrailCoverage { text_characters: Some(text), images: None }
}

/// Why something is not as it was, in a sentence.
pub(super) fn reason(found: &Assessment) -> &'static str {
    match (found.blocked(), found.anonymized()) {
        (true, _) => "Guardrail blocked.",
        (false, true) => "Guardrail masked.",
        (false, false) => "No action.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_bedrocks_name() {
        use PiiKind as K;
        for of in [
            K::AwsAccessKey,
            K::CardNumber,
            K::Email,
            K::BankAccount,
            K::IpAddress,
            K::Phone,
            K::Url,
            K::SocialSecurity,
        ] {
            assert_eq!(kind(of).as_str(), of.as_str());
        }
    }
}
