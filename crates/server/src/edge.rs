//! From an HTTP request to the door that answers it.

use std::net::SocketAddr;
use std::time::Instant;

use authn::{Presented, Request as Signed};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use hyper::body::Incoming;
use telemetry::Agent;

use crate::body::Answer;
use crate::doors::{agentcore, bedrock, openai, s3, sts};
use crate::services::{Answered, Services};

/// Answers requests from these services.
pub(crate) struct Edge(pub(crate) Services);

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum From {
    /// The network.
    Network(SocketAddr),
    /// A sandbox.
    Inside,
}

impl Edge {
    pub(crate) async fn answer(&self, request: Request<Incoming>, from: From) -> Response<Answer> {
        let begun = Instant::now();
        let is_here = matches!(from, From::Network(peer) if peer.ip().is_loopback());
        if request.method() == Method::GET && is_here {
            match request.uri().path() {
                "/health" => return text("ok\n"),
                "/metrics" => return self.metrics_page(),
                _ => {}
            }
        }
        let request_id = self.0.rng.uuid();
        let Answered { door, operation, response } = self.route(request, &request_id).await;
        let status = response.status().as_u16();
        self.0.metrics.request(door, operation, status, begun.elapsed().as_secs_f64());
        tracing::debug!(door, operation, status, request_id, elapsed = ?begun.elapsed(), "answered");
        response
    }

    async fn route(&self, request: Request<Incoming>, request_id: &str) -> Answered {
        let (parts, body) = request.into_parts();
        let signed = Signed::from(&parts).bodyless(body.is_end_stream());
        let presented = match Presented::parse(&signed) {
            Ok(presented) => presented,
            Err(error) => return agentcore::refuse(&error, request_id),
        };
        match presented {
            Some(presented) if presented.service() == "s3" => s3::answer(&self.0, parts, body).await,
            Some(presented) if presented.service() == "sts" => {
                sts::answer(&self.0, &parts, body, &presented, request_id).await
            }
            Some(presented) if presented.service() == bedrock::SIGNING_NAME => {
                bedrock::answer(&self.0, parts, body, Some(presented), request_id).await
            }
            None if bedrock::is_for(&parts) => bedrock::answer(&self.0, parts, body, None, request_id).await,
            None if has_old_s3_signature(&parts.uri) => s3::answer(&self.0, parts, body).await,
            None if openai::is_for(parts.uri.path()) => {
                openai::answer(&self.0, &parts, body, request_id).await
            }
            presented => agentcore::answer(&self.0, parts, body, presented, request_id).await,
        }
    }

    fn metrics_page(&self) -> Response<Answer> {
        self.0.metrics.sessions(self.0.runtime.live_sessions(), self.0.runtime.suspended_sessions());
        for ((account, runtime, endpoint), used) in self.0.metering.used() {
            let arn = self.0.runtime.arn(&account, &runtime).to_string();
            let agent = Agent::new(arn, runtime.name(), endpoint.as_str());
            self.0.metrics.used(&agent, crate::metering::shown(&used));
        }
        text(self.0.metrics.render())
    }
}

/// Whether a URL is presigned by signature version 2, which names no service: boto3 still makes such URLs for S3
/// unless told otherwise. They expire, and the S3 door checks them.
fn has_old_s3_signature(uri: &http::Uri) -> bool {
    let query = uri.query().unwrap_or("");
    let has = |name: &str| query.split('&').any(|pair| pair.starts_with(name));
    has("AWSAccessKeyId=") && has("Signature=") && has("Expires=")
}

fn text(body: impl Into<bytes::Bytes>) -> Response<Answer> {
    let mut response = Response::new(Answer::whole(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
