//! What a handler knows of a call beside its input.

use http::HeaderMap;
use serde_json::Value;
use stdx::Timestamp;

use crate::fingerprint::Fingerprint;
use crate::spec::OperationSpec;

/// Who is calling, as far as authentication found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account that the call acts in.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// The access key that signed the request; absent for bearer tokens.
    pub access_key_id: Option<String>,
    /// The agent's session that calls, where the channel says so.
    pub session: Option<CallingSession>,
}

/// A session of an agent, as one that calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallingSession {
    /// The agent runtime's ARN.
    pub agent: String,
    /// The session's id.
    pub id: String,
    /// On whose behalf it was opened, if its caller said so.
    pub user: Option<String>,
}

/// What the server knows of a request before it is dispatched.
#[derive(Clone, Debug)]
pub struct Context {
    /// Who is calling.
    pub caller: Caller,
    /// The region that the request was made to.
    pub region: String,
    /// The id under which the request appears in logs and answers.
    pub request_id: String,
    /// Scheme and authority by which the caller reached us, such as `https://localhost:7070`: the base of URLs in answers.
    pub base_url: String,
    /// When the request arrived.
    pub received: Timestamp,
}

/// A call on its way to its handler.
#[derive(Clone, Debug)]
pub struct Call {
    /// What the server knew before.
    pub context: Context,
    /// The operation.
    pub spec: &'static OperationSpec,
    /// The request's headers, for operations that pass some on.
    pub headers: HeaderMap,
    /// What the call asks for, without its tokens: equal for a replay and for the pages of one listing.
    pub fingerprint: Fingerprint,
}

impl Call {
    /// A call of the operation `spec` whose input is this document.
    pub fn new(spec: &'static OperationSpec, context: Context, headers: HeaderMap, input: &Value) -> Self {
        Self { context, spec, headers, fingerprint: Fingerprint::of(spec, input) }
    }

    /// The account that the call acts in.
    pub fn account(&self) -> &str {
        &self.context.caller.account
    }

    /// Who is calling.
    pub fn caller(&self) -> &Caller {
        &self.context.caller
    }

    /// The region that the request was made to.
    pub fn region(&self) -> &str {
        &self.context.region
    }

    /// The id under which the request appears in logs and answers.
    pub fn request_id(&self) -> &str {
        &self.context.request_id
    }

    /// When the request arrived.
    pub fn received(&self) -> Timestamp {
        self.context.received
    }
}
