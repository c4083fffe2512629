//! The door to STS: who am I.
//!
//! Speaks the form-encoded protocol of STS with its XML answers, for one operation, `GetCallerIdentity`.
//! Knows no transport: a form and a proven principal go in, an [`Answer`] comes out.

#![forbid(unsafe_code)]

mod form;
mod xml;

use authn::{AuthError, Dialect, Principal};

use form::Form;

const VERSION: &str = "2011-06-15";

/// What STS can do elsewhere and not here.
const NOT_BUILT: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetSessionToken",
    "GetWebIdentityToken",
];

/// An answer, ready to be put on any transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body's media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// Answers a call. `form` is the body of a POST or the query of a GET, still encoded.
pub fn answer(form: &str, principal: &Principal, request_id: &str) -> Answer {
    let form = Form::new(form);
    let Some(action) = form.get("Action") else {
        return error(400, "MissingAction", "The request must contain the parameter Action.", request_id);
    };
    let version = form.get("Version").unwrap_or_default();
    match action.as_ref() {
        "GetCallerIdentity" if version == VERSION => xml_answer(200, xml::identity(principal, request_id)),
        name if version == VERSION && NOT_BUILT.contains(&name) => {
            error(501, "NotImplementedException", &format!("STS {name} is not implemented."), request_id)
        }
        name => {
            let message = format!("Could not find operation {name} for version {version}");
            error(400, "InvalidAction", &message, request_id)
        }
    }
}

/// Answers a caller who has not proven who it is.
pub fn refusal(reason: &AuthError, request_id: &str) -> Answer {
    let (status, code) = reason.in_dialect(Dialect::Query);
    error(status, code, &reason.message(), request_id)
}

fn error(status: u16, code: &str, message: &str, request_id: &str) -> Answer {
    let kind = if status < 500 { "Sender" } else { "Receiver" };
    xml_answer(status, xml::error(kind, code, message, request_id))
}

fn xml_answer(status: u16, body: String) -> Answer {
    Answer { status, content_type: "text/xml", body }
}

#[cfg(test)]
mod tests;
