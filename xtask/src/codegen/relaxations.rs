//! Where Freehold accepts more than the model: constraints that only hold inside AWS.

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

/// Patterns that the `regex` crate cannot express, and the functions of `restjson::rule` that decide them.
pub(crate) const PREDICATES: &[(&str, &str)] =
    &[("(?!memoryStrategyId$|actorId$|sessionId$)[a-z][a-z0-9]*", "namespace_variable")];
