//! A request that does not prove who sent it gets an error in its service's form, and changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use authn::Service;
use http::{HeaderValue, Method};
use sandbox_sim::reply;
use serde_json::json;
use stdx::{ByteStream, Clock, SystemClock, Timestamp};
use test_kit::TestServer;

use crate::agents::{Agent, now};
use crate::client::{Call, Client};
use crate::deploy::{Deployed, deploy, encoded, upload, wish};
use crate::snapshot::Snapshot;

/// One way of not proving who one is, and what AgentCore calls it.
struct Flaw {
    what: &'static str,
    name: &'static str,
    make: fn(Call) -> Call,
}

const FLAWS: &[Flaw] = &[
    Flaw { what: "no signature", name: "MissingAuthenticationTokenException", make: Call::unsigned },
    Flaw { what: "another secret", name: INVALID, make: |call| call.secret("not the secret") },
    Flaw {
        what: "an unknown key",
        name: "UnrecognizedClientException",
        make: |call| call.signed_by(|signer| signer.access_key_id = "AKIAUNKNOWNUNKNOWN00".to_owned()),
    },
    Flaw {
        what: "a session token that no key has",
        name: "UnrecognizedClientException",
        make: |call| call.signed_by(|signer| signer.session_token = Some(authn::Secret::new("token"))),
    },
    Flaw {
        what: "another region",
        name: INVALID,
        make: |call| call.signed_by(|signer| signer.region = "eu-west-1".to_owned()),
    },
    Flaw { what: "another service", name: INVALID, make: |call| call.service(Service::new("lambda")) },
    Flaw { what: "a signature of long ago", name: INVALID, make: |call| call.signed_at(minutes(-20)) },
    Flaw { what: "a signature to come", name: INVALID, make: |call| call.signed_at(minutes(20)) },
    Flaw {
        what: "half a signature",
        name: "IncompleteSignatureException",
        make: |call| {
            call.tamper(|parts| {
                let half = HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=AKID");
                parts.headers.insert("authorization", half);
            })
        },
    },
    Flaw {
        what: "a bearer token",
        name: "MissingAuthenticationTokenException",
        make: |call| {
            call.tamper(|parts| {
                parts.headers.insert("authorization", HeaderValue::from_static("Bearer token"));
            })
        },
    },
    Flaw {
        what: "another path",
        name: INVALID,
        make: |call| call.tamper(|parts| parts.uri = format!("{}x", parts.uri).parse().unwrap()),
    },
    Flaw {
        what: "another header",
        name: INVALID,
        make: |call| {
            call.header("x-amzn-bedrock-agentcore-runtime-custom-a", "signed").tamper(|parts| {
                let value = HeaderValue::from_static("forged");
                parts.headers.insert("x-amzn-bedrock-agentcore-runtime-custom-a", value);
            })
        },
    },
    Flaw { what: "another body", name: INVALID, make: |call| call.forged(r#"{"tags":{"forged":"1"}}"#) },
];
const INVALID: &str = "InvalidSignatureException";

fn minutes(minutes: i64) -> Timestamp {
    Timestamp::from_millis(SystemClock.now().as_millis() + minutes * 60_000)
}

/// One request to every kind of operation, each of which would change something.
fn writes(client: &Client, agent: &Deployed) -> Vec<Call> {
    let tags = format!("/tags/{}", encoded(&agent.arn));
    vec![
        client.json(Method::PUT, "/runtimes/", &wish("forged", "agent")),
        client.json(Method::POST, &tags, &json!({ "tags": { "key": "value" } })),
        client.json(Method::POST, &agent.invocations(), &json!({ "prompt": "hello" })),
        client.json(Method::PUT, &format!("/runtimes/{}/", agent.id), &wish("agent", "agent")),
        client.call(Method::DELETE, &format!("/runtimes/{}/", agent.id)).body("{}"),
    ]
}

async fn server() -> (TestServer, Client, Deployed, Arc<AtomicUsize>) {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let invoked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&invoked);
    let agent = Agent::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        now(reply(200, "text/plain", ByteStream::once("invoked")))
    });
    server.host.install("counting", agent);
    upload(&client, "agent").await;
    let deployed = deploy(&client, "counting").await;
    (server, client, deployed, invoked)
}

#[tokio::test]
async fn whoever_is_not_proven_changes_nothing() {
    let (server, client, agent, invoked) = server().await;
    let before = Snapshot::of(server.data());
    for flaw in FLAWS {
        for (number, call) in writes(&client, &agent).into_iter().enumerate() {
            let answer = (flaw.make)(call).send().await;
            let seen = (answer.status.as_u16(), answer.header("x-amzn-errortype"));
            assert_eq!(seen, (403, flaw.name), "{}, request {number}: {}", flaw.what, answer.text());
            answer.error(403, flaw.name);
        }
        assert_eq!(Snapshot::of(server.data()), before, "{} changed something", flaw.what);
    }
    assert_eq!(invoked.load(Ordering::SeqCst), 0, "an agent was reached");
    assert!(server.host.running().is_empty(), "a sandbox was started");
    server.shut_down().await;
}

#[tokio::test]
async fn the_same_requests_do_pass_when_they_are_signed() {
    let (server, client, agent, invoked) = server().await;
    for call in writes(&client, &agent) {
        let answer = call.send().await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
    }
    assert_eq!(invoked.load(Ordering::SeqCst), 1);
    server.shut_down().await;
}

/// Its signature covers the body's hash without naming it, so the forgery shows at the body's end only: nothing of it
/// may have been handed on by then, whether it waits in memory or on disk.
#[tokio::test]
async fn a_forged_body_of_any_size_never_reaches_the_agent() {
    let (server, client, agent, invoked) = server().await;
    let before = Snapshot::of(server.data());
    for size in [1, 1 << 20, 8 << 20] {
        let mut forged = vec![b'x'; size];
        let honest = forged.clone();
        *forged.last_mut().unwrap() = b'y';
        let call = client.call(Method::POST, &agent.invocations()).body(honest);
        call.forged(forged).send().await.error(403, INVALID);
    }
    assert_eq!(invoked.load(Ordering::SeqCst), 0);
    assert_eq!(Snapshot::of(server.data()), before);
    server.shut_down().await;
}

#[tokio::test]
async fn s3_and_sts_refuse_in_their_own_words() {
    let (server, client, ..) = server().await;
    let before = Snapshot::of(server.data());
    let put = || client.s3(Method::PUT, "/code/forged.zip").body("content");
    let answers = [
        (put().secret("other"), 403, "<Code>SignatureDoesNotMatch</Code>"),
        (put().signed_at(minutes(-20)), 403, "<Code>RequestTimeTooSkewed</Code>"),
        (put().forged("c0ntent"), 400, "<Code>XAmzContentSHA256Mismatch</Code>"),
        (caller_identity(&client).secret("other"), 403, "<Code>SignatureDoesNotMatch</Code>"),
        (
            caller_identity(&client).forged("Action=GetSessionToken"),
            403,
            "<Code>SignatureDoesNotMatch</Code>",
        ),
    ];
    for (call, status, code) in answers {
        let answer = call.send().await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
        assert!(answer.text().contains(code), "{code}: {}", answer.text());
    }
    assert_eq!(Snapshot::of(server.data()), before);
    server.shut_down().await;
}

fn caller_identity(client: &Client) -> Call {
    let call = client.call(Method::POST, "/").service(Service::sts());
    call.header("content-type", "application/x-www-form-urlencoded")
        .body("Action=GetCallerIdentity&Version=2011-06-15")
}

#[tokio::test]
async fn sts_says_who_is_calling() {
    let (server, client, ..) = server().await;
    let answer = caller_identity(&client).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("<Arn>arn:aws:iam::000000000000:root</Arn>"), "{}", answer.text());
    server.shut_down().await;
}

#[tokio::test]
async fn a_stranger_does_not_learn_which_paths_exist() {
    let (server, client, ..) = server().await;
    for path in ["/runtimes/", "/no/such/path", "/", "/health/", "/metrics/x"] {
        client.get(path).unsigned().send().await.error(403, "MissingAuthenticationTokenException");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn the_clock_may_be_off_by_four_minutes() {
    let (server, client, ..) = server().await;
    let skew = Duration::from_secs(240);
    for moment in [minutes(-4), SystemClock.now().plus(skew)] {
        client.json(Method::POST, "/runtimes/", &json!({})).signed_at(moment).send().await.json();
    }
    server.shut_down().await;
}
