//! Any method, path, query and body finds an operation or none, and gets an answer.
#![no_main]

use std::future::Future;
use std::sync::{Arc, LazyLock};
use std::task::{Context as TaskContext, Waker};

use control_api::gateways::CreateGatewayTarget;
use control_api::memories::CreateMemory;
use control_api::runtimes::{CreateAgentRuntime, GetAgentRuntime, ListAgentRuntimes};
use fault::Fault;
use http::{HeaderMap, Method};
use libfuzzer_sys::fuzz_target;
use restjson::{Body, Call, Caller, Context, Handle, Operation, Registry, Request};
use stdx::Timestamp;

struct Accept;

impl<O: Operation> Handle<O> for Accept {
    async fn handle(&self, _: &Call, _: O::Input) -> fault::Result<O::Output> {
        Err(Fault::conflict("accepted"))
    }
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    let handler = Arc::new(Accept);
    Registry::new(&[control_api::OPERATIONS, data_api::OPERATIONS])
        .on::<CreateAgentRuntime>(Arc::clone(&handler))
        .on::<GetAgentRuntime>(Arc::clone(&handler))
        .on::<ListAgentRuntimes>(Arc::clone(&handler))
        .on::<CreateGatewayTarget>(Arc::clone(&handler))
        .on::<CreateMemory>(handler)
});

const METHODS: [Method; 5] = [Method::GET, Method::PUT, Method::POST, Method::PATCH, Method::DELETE];

fn context() -> Context {
    Context {
        caller: Caller { account: "000000000000".into(), arn: "arn:aws:iam::000000000000:root".into(), access_key_id: None, session: None },
        region: "us-east-1".into(),
        request_id: "request".into(),
        base_url: "http://localhost".into(),
        received: Timestamp::from_millis(0),
    }
}

// The first byte chooses the method; lines are path, query and body.
fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let mut lines = rest.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let (Ok(path), Ok(query), body) = (str::from_utf8(line()), str::from_utf8(line()), line()) else { return };
    let method = &METHODS[usize::from(*first) % METHODS.len()];
    let status = match REGISTRY.resolve(method, path) {
        Err(miss) => miss.into_response("request").status,
        Ok(route) => {
            let body = Body::Whole(body.to_vec().into());
            let request = Request { path: path.into(), query: query.into(), headers: HeaderMap::new(), body };
            let mut answer = std::pin::pin!(REGISTRY.dispatch(route, request, context()));
            let mut task = TaskContext::from_waker(Waker::noop());
            let std::task::Poll::Ready(response) = answer.as_mut().poll(&mut task) else {
                panic!("nothing in the wire layer waits");
            };
            response.status
        }
    };
    assert!(status.is_client_error() || status == 501, "{status}");
});
