//! Paths below the prefix that lead nowhere.

use restjson::{Body, Response};
use serde_json::json;

use crate::IMPLEMENTED;

/// What the path of every operation here begins with.
pub const PREFIX: &str = "/_freehold/";

/// The answer to a path that leads nowhere, with what does exist: nobody should have to look that up.
#[must_use]
pub fn name_what_exists(mut response: Response) -> Response {
    let operations: Vec<_> =
        IMPLEMENTED.iter().map(|spec| format!("{} {}", spec.method, spec.path_template())).collect();
    let document = json!({
        "message": format!("No operation has this path. There are: {}.", operations.join(", ")),
        "operations": operations,
    });
    response.body = Body::Whole(document.to_string().into());
    response
}
