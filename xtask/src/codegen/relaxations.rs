//! Where Freehold accepts or says more than the model: constraints that only hold inside AWS, and headers that AWS
//! sends although its model does not have them.

use super::model::{Member, Model};

/// Shapes whose pattern is not checked.
const UNPATTERNED: &[(&str, &str)] = &[
    // Container images may come from any registry, not only from ECR.
    ("RuntimeContainerUri", "any registry"),
    // Model ids may be anything that the configured providers know.
    ("ConcreteModelId", "any provider"),
    ("ConversationalModelId", "any provider"),
    ("InvokeModelIdentifier", "any provider"),
    ("FoundationModelVersionIdentifier", "any provider"),
    ("GetFoundationModelIdentifier", "any provider"),
    ("InferenceProfileIdentifier", "any provider"),
    // Guardrails are named in a file, by people.
    ("GuardrailIdentifier", "any name"),
    // The model's provider makes them up.
    ("ToolUseId", "any provider"),
];

/// Whether the pattern of this shape is left out.
pub(crate) fn drops_pattern(shape: &str) -> bool {
    UNPATTERNED.iter().any(|(name, _)| *name == shape)
}

/// Members that need not be there although the model says so: structure, member, what is taken instead.
const OPTIONAL: &[(&str, &str, &str)] =
    &[("CreateEventInput", "eventTimestamp", "now, as its documentation has it")];

/// Patterns that the `regex` crate cannot express, and the functions of `restjson::rule` that decide them.
pub(crate) const PREDICATES: &[(&str, &str)] =
    &[("(?!memoryStrategyId$|actorId$|sessionId$)[a-z][a-z0-9]*", "namespace_variable")];

/// Headers that clients read although the model does not have them: structure, member, header, shape.
const UNDECLARED: &[(&str, &str, &str, &str)] = &[
    ("InvokeModelResponse", "inputTokenCount", "X-Amzn-Bedrock-Input-Token-Count", "Integer"),
    ("InvokeModelResponse", "outputTokenCount", "X-Amzn-Bedrock-Output-Token-Count", "Integer"),
    ("InvokeModelResponse", "invocationLatency", "X-Amzn-Bedrock-Invocation-Latency", "Long"),
];

/// Adds what the model does not have, and takes away what need not be.
pub(crate) fn complete(model: &mut Model) {
    for (structure, name, header, shape) in UNDECLARED {
        let Some(structure) = model.shapes.get_mut(*structure) else { continue };
        let member = Member {
            shape: (*shape).to_owned(),
            location: Some("header".to_owned()),
            location_name: Some((*header).to_owned()),
            idempotency_token: false,
            timestamp_format: None,
        };
        structure.members.insert((*name).to_owned(), member);
    }
    for (structure, member, _) in OPTIONAL {
        if let Some(structure) = model.shapes.get_mut(*structure) {
            structure.required.remove(*member);
        }
    }
}
