//! Sends requests through a registry, as a server would.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use restjson::{Body, Caller, Context, OperationSpec, Registry, Request, Response};
use serde_json::Value;
use stdx::Timestamp;

/// The operations of both services.
pub(crate) fn services() -> [&'static [&'static OperationSpec]; 2] {
    [control_api::OPERATIONS, data_api::OPERATIONS]
}

pub(crate) fn context() -> Context {
    Context {
        caller: Caller {
            account: "000000000000".to_owned(),
            arn: "arn:aws:iam::000000000000:root".to_owned(),
            access_key_id: Some("AKIDEXAMPLE".to_owned()),
            session: None,
        },
        region: "us-east-1".to_owned(),
        request_id: "request-1".to_owned(),
        base_url: "http://localhost:7070".to_owned(),
        received: Timestamp::from_millis(1_767_225_600_000),
    }
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }
}

/// Sends a request whose target is a path with or without a query.
pub(crate) async fn send(
    registry: &Registry,
    method: Method,
    target: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Answer {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = headers
        .iter()
        .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().expect("a header value")));
    let response = match registry.resolve(&method, path) {
        Err(miss) => miss.into_response("request-1"),
        Ok(route) => {
            let request = Request {
                path: path.to_owned(),
                query: query.to_owned(),
                headers: headers.collect(),
                body: Body::Whole(Bytes::copy_from_slice(body.as_bytes())),
            };
            registry.dispatch(route, request, context()).await
        }
    };
    read(response).await
}

async fn read(response: Response) -> Answer {
    let body = response.body.into_stream().collect(1 << 30).await.expect("a readable body");
    Answer { status: response.status, headers: response.headers, body }
}
