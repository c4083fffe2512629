//! `ApplyGuardrail`

use bedrock_api::runtime::guardrail::{
    ApplyGuardrail, ApplyGuardrailRequest, ApplyGuardrailResponse, GuardrailAction, GuardrailContentBlock,
    GuardrailContentSource, GuardrailOutputContent,
};
use fault::{Fault, Result};
use restjson::{Call, Handle};

use super::assessment::{coverage, reason, usage};
use crate::BedrockPlane;

impl Handle<ApplyGuardrail> for BedrockPlane {
    async fn handle(&self, call: &Call, input: ApplyGuardrailRequest) -> Result<ApplyGuardrailResponse> {
        let guard = self.find_guard(call, &input.guardrail_identifier, input.guardrail_version).await?;
        let mut texts = Vec::with_capacity(input.content.len());
        for (index, block) in input.content.into_iter().enumerate() {
            let GuardrailContentBlock::Text(block) = block else {
                return Err(Fault::field(format!("content[{index}].image"), "no rule looks at pictures"));
            };
            texts.push(block.text);
        }
        let found = guard.guardrail.check(texts.iter().map(String::as_str));
        let said = |text: String| GuardrailOutputContent { text: Some(text) };
        let outputs = match (found.blocked(), input.source) {
            (true, GuardrailContentSource::Input) => vec![said(guard.guardrail.blocked_input().to_owned())],
            (true, GuardrailContentSource::Output) => vec![said(guard.guardrail.blocked_output().to_owned())],
            (false, _) if found.anonymized() => found.texts.iter().cloned().map(said).collect(),
            (false, _) => Vec::new(),
        };
        Ok(ApplyGuardrailResponse {
            usage: usage(&guard, &found),
            action: match found.intervened() {
                true => GuardrailAction::GuardrailIntervened,
                false => GuardrailAction::None,
            },
            action_reason: Some(reason(&found).to_owned()),
            outputs,
            assessments: vec![guard.assessed(&found)],
            guardrail_coverage: Some(coverage(&found)),
        })
    }
}
