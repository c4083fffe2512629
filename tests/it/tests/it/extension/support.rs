//! One session of one agent, and what can be done with it.

use http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Call, Client};
use crate::deploy::Deployed;

pub(super) const SESSIONS: &str = "/_freehold/v1/sessions";
pub(super) const FIRST: &str = "session-1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const OTHER: &str = "session-2-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const THIRD: &str = "session-3-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

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

/// A request on a session or what lies below it, without a body.
pub(super) fn post(client: &Client, agent: &Deployed, session: &str, below: &str) -> Call {
    client.call(Method::POST, &path(agent, session, below))
}

pub(super) fn delete(client: &Client, agent: &Deployed, session: &str, below: &str) -> Call {
    client.call(Method::DELETE, &path(agent, session, below))
}

/// The session as it is shown.
pub(super) async fn shown(client: &Client, agent: &Deployed, session: &str) -> Value {
    client.get(&path(agent, session, "")).send().await.json()
}

/// Keeps the session's state under a name.
pub(super) async fn checkpoint(client: &Client, agent: &Deployed, session: &str, name: &str) -> Answer {
    let target = path(agent, session, "/checkpoints");
    client.json(Method::POST, &target, &json!({ "name": name })).send().await
}

/// Starts a new session from a checkpoint.
pub(super) async fn fork(client: &Client, agent: &Deployed, from: (&str, &str), to: &str) -> Answer {
    let (session, name) = from;
    let target = path(agent, session, &format!("/checkpoints/{name}/fork"));
    client.json(Method::POST, &target, &json!({ "sessionId": to })).send().await
}
