//! What an agent is told after its machine was restored, if it wants to be told.
//!
//! Every session of a version begins as a copy of one frozen machine, and a fork is a copy of another session's. What
//! copies must not share (seeds of random numbers, connections, caches) the agent can make anew when it is told: it
//! names a path in [`VARIABLE`], and that path gets a `POST` before anybody is let in.

use std::time::Duration;

use fault::{Fault, Kind, Result};
use sandbox::Exchange;
use serde_json::json;
use stdx::ByteStream;

use super::begin::Running;
use crate::invoke::excerpt;
use crate::rows::VersionRow;
use crate::service::Runtime;
use crate::versions::quote_log;

/// The variable of the agent's environment that names the path.
const VARIABLE: &str = "FREEHOLD_AFTER_RESTORE";
/// How long the answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What its machine was restored for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Restored {
    /// A new session.
    Start,
    /// A session that was suspended.
    Resume,
    /// A session that goes on from another one's checkpoint.
    Fork,
}

impl Restored {
    fn reason(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Resume => "resume",
            Self::Fork => "fork",
        }
    }
}

impl Runtime {
    /// Tells the agent, if it wants to be told. One that does not take it well is stopped.
    pub(super) async fn check_restored(
        &self,
        running: Running,
        version: &VersionRow,
        restored: Restored,
    ) -> Result<Running> {
        let Some(path) = version.spec.environment.get(VARIABLE) else { return Ok(running) };
        let deadline = self.0.clock.sleep_until(self.now().plus(PATIENCE));
        let failure = tokio::select! {
            failure = self.tell_restored(&running, path, restored) => failure,
            () = deadline => Some(format!("it did not answer within {} s", PATIENCE.as_secs())),
        };
        let Some(failure) = failure else { return Ok(running) };
        let log = quote_log(&running.sandbox.log_tail());
        running.sandbox.stop().await;
        Err(Fault::new(
            Kind::RuntimeClient,
            format!("The agent's hook {VARIABLE} (POST {path}) failed: {failure}.{log}"),
        ))
    }

    async fn tell_restored(&self, running: &Running, path: &str, restored: Restored) -> Option<String> {
        let body = json!({ "reason": restored.reason() }).to_string();
        let exchange = Exchange {
            method: "POST".to_owned(),
            target: path.to_owned(),
            headers: vec![("content-type".to_owned(), b"application/json".to_vec())],
            length: u64::try_from(body.len()).ok(),
            body: ByteStream::once(body),
        };
        let reply = match running.sandbox.exchange(exchange).await {
            Ok(reply) => reply,
            Err(error) => return Some(error.to_string()),
        };
        let status = reply.status;
        let said = excerpt(reply.body, &*self.0.clock).await;
        (!(200..300).contains(&status)).then(|| format!("it answered {status}: {said}"))
    }
}
