//! One session of one agent, and what can be done with it.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::deploy::Deployed;

pub(super) const SESSIONS: &str = "/_freehold/v1/sessions";
pub(super) const FIRST: &str = "session-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The path of a session, and of what lies below it.
pub(super) fn path(agent: &Deployed, session: &str, below: &str) -> String {
    format!("{SESSIONS}/{}/DEFAULT/{session}{below}", agent.id)
}

/// A request that a session answers.
pub(super) async fn ask(client: &Client, agent: &Deployed, session: &str) -> Answer {
    let call = client.json(Method::POST, &agent.invocations(), &json!({}));
    call.header("x-amzn-bedrock-agentcore-runtime-session-id", session).send().await
}

/// The number of requests that the session's agent remembers, this one included.
pub(super) async fn count(client: &Client, agent: &Deployed, session: &str) -> Value {
    ask(client, agent, session).await.json()["count"].clone()
}
