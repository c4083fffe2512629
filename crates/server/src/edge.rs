//! From an HTTP request to the door that answers it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use authn::{Presented, Request as Signed, Verifier};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;
use hyper::body::Incoming;
use restjson::Registry;
use runtime::Runtime;
use s3_door::S3Door;
use stdx::{Clock, Rng};
use telemetry::Metrics;

use crate::body::Answer;
use crate::doors::{agentcore, s3, sts};

/// Everything that answering a request takes.
pub(crate) struct Edge {
    pub(crate) registry: Registry,
    pub(crate) verifier: Verifier,
    pub(crate) objects: S3Door,
    pub(crate) runtime: Runtime,
    pub(crate) metrics: Metrics,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) region: String,
    /// For bodies that must be proven before anything is done and do not fit in memory.
    pub(crate) spool: std::path::PathBuf,
}

/// An answer with what the metrics call it.
pub(crate) struct Answered {
    pub(crate) door: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) response: Response<Answer>,
}

impl Edge {
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Response<Answer> {
        let begun = Instant::now();
        if request.method() == Method::GET && peer.ip().is_loopback() {
            match request.uri().path() {
                "/health" => return text("ok\n"),
                "/metrics" => return self.metrics_page(),
                _ => {}
            }
        }
        let request_id = self.rng.uuid();
        let Answered { door, operation, response } = self.route(request, &request_id).await;
        let status = response.status().as_u16();
        self.metrics.request(door, operation, status, begun.elapsed().as_secs_f64());
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
            Some(presented) if presented.service() == "s3" => s3::answer(self, parts, body).await,
            Some(presented) if presented.service() == "sts" => {
                sts::answer(self, &parts, body, &presented, request_id).await
            }
            presented => agentcore::answer(self, parts, body, presented, request_id).await,
        }
    }

    fn metrics_page(&self) -> Response<Answer> {
        self.metrics.sessions(self.runtime.live_sessions());
        text(self.metrics.render())
    }
}

fn text(body: impl Into<bytes::Bytes>) -> Response<Answer> {
    let mut response = Response::new(Answer::whole(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
