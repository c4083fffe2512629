//! Carrying a request into a session and its answer out again, unbuffered both ways.

mod body;
mod headers;
mod refusal;

pub(crate) use refusal::excerpt;

use fault::{Fault, Kind, Result};
use ids::RuntimeSessionId;
use sandbox::{Ending, Exchange, Reply, SandboxError};
use stdx::ByteStream;

use crate::service::Runtime;
use crate::sessions::{Lease, SessionKey};
use crate::versions::{describe_ending, quote_log};

/// A request for an agent.
#[derive(Debug)]
pub struct Invocation {
    /// The session it belongs to.
    pub session: SessionKey,
    /// The id of the request, for the agent's logs.
    pub request_id: String,
    /// Header fields as they came; what the agent may see of them is decided here.
    pub headers: Vec<(String, Vec<u8>)>,
    /// On whose behalf, as the caller says.
    pub user_id: Option<String>,
    /// The body's length, if known.
    pub length: Option<u64>,
    /// The body.
    pub body: ByteStream,
}

/// An agent's answer.
#[derive(Debug)]
pub struct InvocationReply {
    /// The session that answered.
    pub session: RuntimeSessionId,
    /// HTTP status; a success.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The W3C trace head that the agent was given.
    pub trace_parent: String,
    /// The body, chunk by chunk as the agent writes it. Dropping it tells the agent that the client has gone.
    pub body: ByteStream,
}

impl InvocationReply {
    /// The value of a header field, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let field = self.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.and_then(|(_, value)| std::str::from_utf8(value).ok())
    }
}

impl Runtime {
    /// A session id for a caller that gave none.
    pub fn new_session_id(&self) -> RuntimeSessionId {
        RuntimeSessionId::generate(&*self.0.rng)
    }

    /// Sends a request to the session's agent, starting the session if it does not live.
    pub async fn invoke(&self, invocation: Invocation) -> Result<InvocationReply> {
        let Invocation { session, request_id, headers, user_id, length, body } = invocation;
        let lease = self.enter_session(&session, user_id.as_deref()).await?;
        let spec = &lease.version.spec;
        let (headers, trace_parent) =
            headers::inbound(&headers, spec, &session, &request_id, user_id.as_deref(), &*self.0.rng);
        let exchange =
            Exchange { method: "POST".to_owned(), target: spec.protocol.path.clone(), headers, length, body };
        let options = &self.0.options;
        let too_slow = self.0.clock.sleep_until(self.now().plus(options.answer_timeout));
        let answer = tokio::select! {
            answer = lease.sandbox.exchange(exchange) => answer,
            () = too_slow => return Err(Fault::new(
                Kind::RuntimeClient,
                format!("The agent did not answer within {} s.", options.answer_timeout.as_secs()),
            )),
        };
        let reply = match answer {
            Ok(reply) => reply,
            Err(error) => return Err(agent_fault(&error, &lease)),
        };
        if !(200..300).contains(&reply.status) {
            return Err(refusal::fault(reply, &lease, &*self.0.clock).await);
        }
        let Reply { status, headers, body } = reply;
        let deadline = self.0.clock.sleep_until(self.now().plus(options.stream_timeout));
        Ok(InvocationReply {
            session: session.id,
            status,
            headers,
            trace_parent,
            body: body::leased(body, lease, deadline, options.stream_timeout),
        })
    }
}

/// What a caller is told when the agent took the request and did not answer it.
fn agent_fault(error: &SandboxError, lease: &Lease) -> Fault {
    let quoted = || quote_log(&lease.sandbox.log_tail());
    match error {
        SandboxError::Ended(Ending::Stopped) => Fault::new(
            Kind::RetryableConflict,
            "The session was ended while it handled the request. Retry: the session id will then stand for a new session.",
        ),
        SandboxError::Ended(ending) => Fault::new(
            Kind::RuntimeClient,
            format!(
                "The agent ended while it handled the request ({}).{}",
                describe_ending(ending),
                quoted()
            ),
        ),
        SandboxError::NoAnswer(what) => {
            Fault::new(Kind::RuntimeClient, format!("The agent did not answer: {what}.{}", quoted()))
        }
        other => Fault::internal(other.to_string()),
    }
}
