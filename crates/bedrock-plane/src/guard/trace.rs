//! What a caller is told about what a guardrail did.

use std::collections::BTreeMap;

use bedrock_api::runtime::model as wire;
use bedrock_api::runtime::shared::GuardrailAssessment;
use guardrails::Assessment;
use restjson::{IntoDocument as _, Value};
use serde_json::json;

use super::{Guard, assessment};

/// What a guardrail found on the way of one call.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    question: BTreeMap<String, GuardrailAssessment>,
    answer: BTreeMap<String, Vec<GuardrailAssessment>>,
    reason: Option<&'static str>,
}

impl Trace {
    pub(super) fn question(&mut self, guard: &Guard, found: &Assessment) {
        self.because(found);
        self.question.insert(guard.guardrail.id().to_owned(), guard.assessed(found));
    }

    pub(super) fn answer(&mut self, guard: &Guard, found: &Assessment) {
        self.because(found);
        self.answer.entry(guard.guardrail.id().to_owned()).or_default().push(guard.assessed(found));
    }

    fn because(&mut self, found: &Assessment) {
        if found.intervened() {
            self.reason = Some(assessment::reason(found));
        }
    }

    /// As the wire has it.
    pub(crate) fn on_the_wire(&self) -> wire::GuardrailTraceAssessment {
        let Self { question, answer, reason } = self.clone();
        wire::GuardrailTraceAssessment {
            model_output: None,
            input_assessment: (!question.is_empty()).then_some(question),
            output_assessments: (!answer.is_empty()).then_some(answer),
            action_reason: reason.map(str::to_owned),
        }
    }

    /// As a document, for bodies that are not in the service model.
    pub(crate) fn document(&self) -> Value {
        json!({ "guardrail": self.on_the_wire().into_document() })
    }

    /// Whether anything was found.
    pub(crate) fn intervened(&self) -> bool {
        self.reason.is_some()
    }
}
