//! The session that a path names.

use fault::{Fault, Result};
use ids::{AccountId, AgentRuntimeId, EndpointName, RuntimeSessionId};
use restjson::document::Members;
use restjson::rule::ANY;
use restjson::{Call, FromDocument, Reader, Rule, Value};
use runtime::sessions::SessionKey;

/// The labels of an operation on one session.
#[derive(Debug)]
pub(crate) struct OfSession {
    runtime: String,
    endpoint: String,
    id: String,
}

impl OfSession {
    /// Reads the labels, the session's id under the name `id`.
    pub(crate) fn labels(members: &mut Members<'_>, id: &'static str) -> Option<Self> {
        let runtime = members.required("agentRuntimeId", &ANY);
        let endpoint = members.required("endpointName", &ANY);
        let id = members.required(id, &ANY);
        Some(Self { runtime: runtime?, endpoint: endpoint?, id: id? })
    }

    /// The session of that name in the caller's account, whether or not there is one.
    ///
    /// What cannot be a runtime's id or an endpoint's name is one that does not exist; a session id that breaks the
    /// rule is told so, since callers choose them.
    pub(crate) fn key(&self, call: &Call) -> Result<SessionKey> {
        let Self { runtime, endpoint, id } = self;
        let no_runtime = || Fault::not_found(format!("There is no agent runtime {runtime}."));
        let no_endpoint =
            || Fault::not_found(format!("The agent runtime {runtime} has no endpoint {endpoint}."));
        Ok(SessionKey {
            account: account(call)?,
            runtime: AgentRuntimeId::parse(runtime).map_err(|_| no_runtime())?,
            endpoint: EndpointName::parse(endpoint).map_err(|_| no_endpoint())?,
            id: RuntimeSessionId::parse(id).map_err(|error| Fault::field("sessionId", error.to_string()))?,
        })
    }
}

impl FromDocument for OfSession {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        Self::labels(&mut reader.members(value)?, "sessionId")
    }
}

/// The account that the call acts in.
pub(crate) fn account(call: &Call) -> Result<AccountId> {
    AccountId::parse(call.account()).map_err(Fault::internal)
}
