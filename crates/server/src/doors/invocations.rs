//! Counting what is asked of agents, as AgentCore counts it: at the door, where every answer comes by.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use futures_util::Stream;
use http::Response;
use ids::{AgentRuntimeId, EndpointName, RuntimeArn};
use percent_encoding::percent_decode_str;
use restjson::{Body, Route};
use runtime::Runtime;
use stdx::ByteStream;
use telemetry::{Agent, Metrics, Requests};

use crate::body::Answer;

const OPERATION: &str = "InvokeAgentRuntime";

/// A request to an agent that has come in and is to be counted.
pub(crate) struct Invocation {
    agent: Agent,
    begun: Instant,
    inbound: Arc<AtomicU64>,
}

impl Invocation {
    /// The request along this route, if it is one to an agent.
    pub(crate) fn of(
        route: Option<&Route>,
        path: &str,
        query: &str,
        account: &str,
        runtime: &Runtime,
    ) -> Option<Self> {
        route.filter(|route| route.spec.name == OPERATION)?;
        let agent = agent(path, query, account, runtime).unwrap_or_else(Agent::unknown);
        Some(Self { agent, begun: Instant::now(), inbound: Arc::default() })
    }

    /// The request's body, counted.
    pub(crate) fn inbound(&self, body: Body) -> Body {
        use futures_util::StreamExt;
        let Body::Stream(body) = body else { return body };
        let inbound = Arc::clone(&self.inbound);
        Body::Stream(ByteStream::new(body.inspect(move |chunk| {
            let bytes = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
            inbound.fetch_add(bytes, Ordering::Relaxed);
        })))
    }

    /// The answer, counted now and, if it streams, until its end.
    pub(crate) fn answered(self, metrics: &Metrics, response: Response<Answer>) -> Response<Answer> {
        let requests = metrics.invoked(&self.agent, response.status().as_u16());
        response.map(|answer| match answer {
            Answer::Stream(body) => {
                requests.stream_begins();
                let counted = Counted { body, requests, begun: self.begun, inbound: self.inbound };
                Answer::Stream(ByteStream::new(counted))
            }
            whole => {
                requests.inbound(self.inbound.load(Ordering::Relaxed));
                requests.answered(self.begun.elapsed());
                whole
            }
        })
    }
}

/// The agent that a request names: in its path, by ARN or by id, and in its query.
fn agent(path: &str, query: &str, account: &str, service: &Runtime) -> Option<Agent> {
    let named = percent_decode_str(path.split('/').nth(2)?).decode_utf8().ok()?;
    let account = ids::AccountId::parse(account).ok()?;
    let (runtime, in_arn) = if named.starts_with("arn:") {
        let arn = RuntimeArn::parse(&named).ok()?;
        (arn.runtime, arn.endpoint)
    } else {
        (AgentRuntimeId::parse(&named).ok()?, None)
    };
    let qualifier = query.split('&').find_map(|pair| pair.strip_prefix("qualifier="));
    let qualifier = qualifier
        .and_then(|qualifier| EndpointName::parse(&percent_decode_str(qualifier).decode_utf8().ok()?).ok());
    let endpoint = qualifier.or(in_arn).unwrap_or_else(EndpointName::default_endpoint);
    let arn = service.arn(&account, &runtime).to_string();
    Some(Agent::new(arn, runtime.name(), endpoint.as_str()))
}

/// An answer that streams; its end, however it comes about, is the invocation's.
struct Counted {
    body: ByteStream,
    requests: Requests,
    begun: Instant,
    inbound: Arc<AtomicU64>,
}

impl Stream for Counted {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.requests.outbound(chunk.len() as u64);
        }
        polled
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.requests.stream_ends();
        self.requests.inbound(self.inbound.load(Ordering::Relaxed));
        self.requests.answered(self.begun.elapsed());
    }
}
