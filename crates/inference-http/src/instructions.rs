//! What is said in words to models that have no switch for it.

use inference::{Output, Request};

const JSON_ONLY: &str =
    "Answer with a single JSON object and nothing else: no text around it, no code fence.";

/// The request's system texts, and the wish for JSON where the provider has no switch for JSON without a schema.
pub(crate) fn system_with_json_wish(request: &Request) -> Vec<&str> {
    let mut texts: Vec<&str> =
        request.system.iter().map(String::as_str).filter(|text| !text.trim().is_empty()).collect();
    if request.output == Output::Json {
        texts.push(JSON_ONLY);
    }
    texts
}
