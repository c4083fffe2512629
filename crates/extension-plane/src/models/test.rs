//! `POST models/test`

use fault::{Fault, Result};
use inference::{Attribution, ErrorKind, ModelError, Usage};
use models::Trial;
use restjson::rule::ANY;
use restjson::spec::{Method, Payload};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use serde::Serialize;

use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{literal, operation, own_path};

/// Tries a name out with one small call. That the model does not answer is a result, not a failure of this operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TestModel;

impl Operation for TestModel {
    type Input = Wanted;
    type Output = Answer<Tested>;
    // The name travels in the body: names of models have slashes and colons in them.
    const SPEC: &'static OperationSpec = &operation(
        "TestModel",
        Method::POST,
        own_path![literal("models"), literal("test")],
        &[],
        Payload::Members,
    );
}

/// Which name.
#[derive(Debug)]
pub(crate) struct Wanted {
    name: String,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let name = reader.members(value)?.required("name", &ANY)?;
        Some(Self { name })
    }
}

/// What came of it.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tested {
    name: String,
    kind: &'static str,
    answered: bool,
    said: Option<String>,
    first_token_milliseconds: Option<u128>,
    milliseconds: Option<u128>,
    usage: Option<Usage>,
    error: Option<Failure>,
}

#[derive(Debug, Serialize)]
struct Failure {
    kind: &'static str,
    message: String,
}

impl Handle<TestModel> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Tested>> {
        let whom = Attribution { account: call.account().to_owned(), ..Attribution::default() };
        let name = input.name;
        let embedder = self.models.is_embedder(&name);
        let (kind, tried) = match embedder {
            true => ("embedder", self.models.try_embedder(&name, &whom).await),
            false => ("model", self.models.try_model(&name, &whom).await),
        };
        let tested = Tested { name, kind, ..Tested::default() };
        match tried {
            Ok(trial) => Ok(Answer(tested.answered(trial))),
            Err(error) if *error.kind() == ErrorKind::NotConfigured => {
                Err(Fault::not_found(error.message()).because(error))
            }
            Err(error) => Ok(Answer(Tested { error: Some(error.into()), ..tested })),
        }
    }
}

impl Tested {
    fn answered(self, trial: Trial) -> Self {
        Self {
            answered: true,
            said: Some(trial.said),
            first_token_milliseconds: trial.first_token.map(|time| time.as_millis()),
            milliseconds: Some(trial.whole.as_millis()),
            usage: trial.usage,
            ..self
        }
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        let kind = match error.kind() {
            ErrorKind::NotConfigured => "NOT_CONFIGURED",
            ErrorKind::Invalid => "INVALID",
            ErrorKind::ContextTooLong => "CONTEXT_TOO_LONG",
            ErrorKind::AccessDenied => "ACCESS_DENIED",
            ErrorKind::UnknownModel => "UNKNOWN_MODEL",
            ErrorKind::BudgetExceeded => "BUDGET_EXCEEDED",
            ErrorKind::Throttled { .. } => "THROTTLED",
            ErrorKind::Timeout => "TIMEOUT",
            ErrorKind::Unavailable => "UNAVAILABLE",
            ErrorKind::Malformed => "MALFORMED",
            ErrorKind::Failed => "FAILED",
        };
        Self { kind, message: error.message().to_owned() }
    }
}
