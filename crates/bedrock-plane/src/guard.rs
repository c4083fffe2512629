//! Guardrails around a call: the question is looked at before the model is asked, the answer before it is told.

mod answer;
mod apply;
mod assessment;
mod places;
mod trace;

use std::sync::{Arc, Mutex, PoisonError};

use bedrock_api::runtime::model as wire;
use fault::{Fault, Result};
use guardrails::{Assessment, Guardrail};
use inference::{Attribution, Events, Request};
use restjson::{Call, Value};

use crate::{BedrockPlane, failure, model};
pub(crate) use places::Places;
pub(crate) use trace::Trace;

/// Under these names a body says what a guardrail did.
const ACTION: &str = "amazon-bedrock-guardrailAction";
const TRACE: &str = "amazon-bedrock-trace";

/// A guardrail that a call asks for. Clones write into the same trace.
#[derive(Clone)]
pub(crate) struct Guard {
    guardrail: Arc<Guardrail>,
    version: String,
    arn: String,
    /// Whether text waits until it has been looked at, or goes on and is looked at meanwhile.
    waits: bool,
    trace: Option<Arc<Mutex<Trace>>>,
}

/// What a call says about guardrails, in whichever operation's words.
#[derive(Default)]
pub(crate) struct Wish {
    pub(crate) id: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) traced: bool,
    pub(crate) waits: bool,
}

impl Wish {
    /// As Converse says it.
    pub(crate) fn whole(config: Option<wire::GuardrailConfiguration>) -> Self {
        let Some(config) = config else { return Self::default() };
        let (id, version) = (config.guardrail_identifier, config.guardrail_version);
        Self { id, version, traced: is_on(config.trace), waits: true }
    }

    /// As ConverseStream says it.
    pub(crate) fn streamed(config: Option<wire::GuardrailStreamConfiguration>) -> Self {
        let Some(config) = config else { return Self::default() };
        let (id, version) = (config.guardrail_identifier, config.guardrail_version);
        let waits = config.stream_processing_mode != Some(wire::GuardrailStreamProcessingMode::Async);
        Self { id, version, traced: is_on(config.trace), waits }
    }

    /// As the headers of `InvokeModel` say it.
    pub(crate) fn headers(id: Option<String>, version: Option<String>, trace: Option<wire::Trace>) -> Self {
        let traced = trace.is_some_and(|trace| trace != wire::Trace::Disabled);
        Self { id, version, traced, waits: true }
    }
}

/// What was written down so far.
pub(crate) fn read(trace: &Mutex<Trace>) -> Trace {
    trace.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn is_on(trace: Option<wire::GuardrailTrace>) -> bool {
    trace.is_some_and(|trace| trace != wire::GuardrailTrace::Disabled)
}

impl BedrockPlane {
    /// The guardrail that a call asks for, if it does.
    pub(crate) async fn guard(&self, call: &Call, wish: Wish) -> Result<Option<Guard>> {
        let Some(id) = wish.id.filter(|id| !id.is_empty()) else { return Ok(None) };
        let version = wish.version.filter(|version| !version.is_empty());
        let version = version.ok_or_else(|| {
            Fault::field("guardrailVersion", "is required beside guardrailIdentifier; DRAFT will do")
        })?;
        let trace = wish.traced.then(Arc::default);
        self.find_guard(call, &id, version)
            .await
            .map(|guard| Some(Guard { trace, waits: wish.waits, ..guard }))
    }

    async fn find_guard(&self, call: &Call, id: &str, version: String) -> Result<Guard> {
        // Guardrails come from the models' file.
        self.models.refresh().await;
        let name = model::within_arn(id).unwrap_or(id);
        let guardrail = self.guardrails.find(name).ok_or_else(|| {
            Fault::not_found(format!(
                "There is no guardrail {name:?}. Write [guardrails.{name}] into models.toml, with `words`, `regexes` or \
                 `pii`; docs/bedrock.md shows how."
            ))
        })?;
        let arn = format!("arn:aws:bedrock:{}:{}:guardrail/{name}", call.region(), call.account());
        Ok(Guard { guardrail, version, arn, waits: true, trace: None })
    }

    /// Asks a model under a guardrail, if there is one.
    pub(crate) async fn ask_guarded(
        &self,
        mut request: Request,
        places: Places,
        guard: Option<&Guard>,
        whom: &Attribution,
    ) -> Result<Events> {
        let Some(guard) = guard else { return self.ask(request, whom).await.map_err(failure::fault) };
        if guard.blocks_question(&mut request, &places) {
            return Ok(answer::instead(guard.guardrail.blocked_input()));
        }
        let events = self.ask(request, whom).await.map_err(failure::fault)?;
        guard.watch(events).await.map_err(failure::fault)
    }
}

impl Guard {
    /// Looks at a question, and puts marks in the place of what the model is not to see.
    fn blocks_question(&self, request: &mut Request, places: &Places) -> bool {
        let mut texts = places.texts(request);
        let assessment = self.guardrail.check(texts.iter().map(|text| text.as_str()));
        let blocked = assessment.blocked();
        if !blocked {
            for (text, masked) in texts.iter_mut().zip(&assessment.texts) {
                if *masked != **text {
                    text.clone_from(masked);
                }
            }
        }
        self.note(|trace| trace.question(self, &assessment));
        blocked
    }

    fn note(&self, note: impl FnOnce(&mut Trace)) {
        if let Some(trace) = &self.trace {
            note(&mut trace.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Where what was found is written down, if the caller wants to know.
    pub(crate) fn trace(&self) -> Option<Arc<Mutex<Trace>>> {
        self.trace.clone()
    }

    /// Says in a body that is not in the service model what the guardrail did.
    pub(crate) fn sign(&self, document: &mut Value, blocked: bool) {
        let trace = self.trace.as_deref().map(read);
        let intervened = blocked || trace.as_ref().is_some_and(Trace::intervened);
        document[ACTION] = if intervened { "INTERVENED" } else { "NONE" }.into();
        if let Some(trace) = trace {
            document[TRACE] = trace.document();
        }
    }

    fn assessed(&self, assessment: &Assessment) -> bedrock_api::runtime::shared::GuardrailAssessment {
        assessment::on_the_wire(self, assessment)
    }
}
