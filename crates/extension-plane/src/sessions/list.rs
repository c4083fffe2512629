//! `GET sessions`

use fault::{Fault, Result};
use ids::{AgentRuntimeId, EndpointName};
use restjson::rule::ANY;
use restjson::spec::{Method, Payload, Scalar};
use restjson::{Call, FromDocument, Handle, Operation, OperationSpec, Reader, Rule, Value};
use runtime::sessions::SessionFilter;
use serde::Serialize;

use super::shape::state_named;
use super::{Session, account};
use crate::ExtensionPlane;
use crate::answer::Answer;
use crate::spec::{literal, operation, own_path, query};

/// Sessions on a page unless the caller says otherwise.
const DEFAULT_PAGE: i32 = 100;
static PAGE: Rule = Rule::ANY.min(1.0).max(1000.0);

/// The account's sessions, page by page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListSessions;

impl Operation for ListSessions {
    type Input = Wanted;
    type Output = Answer<Page>;
    const SPEC: &'static OperationSpec = &operation(
        "ListSessions",
        Method::GET,
        own_path![literal("sessions")],
        &[
            query("agentRuntimeId", Scalar::Text),
            query("endpointName", Scalar::Text),
            query("state", Scalar::Text),
            query("maxResults", Scalar::Integer),
            query("nextToken", Scalar::Text),
        ],
        Payload::None,
    );
}

/// Which sessions, and how many.
#[derive(Debug)]
pub(crate) struct Wanted {
    runtime: Option<String>,
    endpoint: Option<String>,
    state: Option<String>,
    page: Option<i32>,
    token: Option<String>,
}

impl FromDocument for Wanted {
    fn read(value: Value, _: &'static Rule, reader: &mut Reader) -> Option<Self> {
        let mut members = reader.members(value)?;
        Some(Self {
            runtime: members.optional("agentRuntimeId", &ANY),
            endpoint: members.optional("endpointName", &ANY),
            state: members.optional("state", &ANY),
            page: members.optional("maxResults", &PAGE),
            token: members.optional("nextToken", &ANY),
        })
    }
}

impl Wanted {
    fn filter(&self) -> Result<SessionFilter> {
        let bad = |member: &'static str| move |error: ids::IdError| Fault::field(member, error.to_string());
        let runtime = self.runtime.as_deref().map(AgentRuntimeId::parse).transpose();
        let endpoint = self.endpoint.as_deref().map(EndpointName::parse).transpose();
        let state = self.state.as_deref().map(state_named).transpose();
        Ok(SessionFilter {
            runtime: runtime.map_err(bad("agentRuntimeId"))?,
            endpoint: endpoint.map_err(bad("endpointName"))?,
            state: state.map_err(|message| Fault::field("state", message))?,
        })
    }
}

/// A page of sessions.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    sessions: Vec<Session>,
    next_token: Option<String>,
}

impl Handle<ListSessions> for ExtensionPlane {
    async fn handle(&self, call: &Call, input: Wanted) -> Result<Answer<Page>> {
        let after = input.token.as_deref().map(|token| self.pages.open(call, token)).transpose()?;
        let limit = usize::try_from(input.page.unwrap_or(DEFAULT_PAGE)).map_err(Fault::internal)?;
        let page = self.runtime.list_sessions(&account(call)?, input.filter()?, after, limit).await?;
        Ok(Answer(Page {
            sessions: page.sessions.into_iter().map(Session::from).collect(),
            next_token: page.next.map(|next| self.pages.seal(call, &next)),
        }))
    }
}
