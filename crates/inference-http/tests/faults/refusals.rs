//! Providers that do not answer: too busy, in trouble, or not what they should be.

use std::time::Duration;

use inference::{Answer, ErrorKind};

use super::adapters::{all, hi};
use super::secrets::key;
use super::server::{Reply, Server, Step, streamed, whole};

/// Two retries is the habit.
const ATTEMPTS: usize = 3;

const JSON: &str = "content-type: application/json\r\n";

fn refusal(status: &str, headers: &str) -> Reply {
    whole(status, &format!("{JSON}{headers}"), r#"{"error":{"message":"Not now."}}"#)
}

/// Every adapter, before a server that always replies so, fails like this after so many requests.
async fn check(reply: Reply, kind: ErrorKind, message: &str, requests: usize) {
    let key = key();
    for adapter in all() {
        let server = Server::start(vec![reply.clone()]).await;
        let (provider, clock) = adapter.hasty(&server.url(), key.path());
        let error = provider.converse(&hi()).await.err().unwrap();
        assert_eq!(error.kind(), &kind, "{}: {error}", adapter.name);
        assert!(error.message().contains(message), "{}: {error}", adapter.name);
        assert!(error.message().starts_with("provider upstream: "), "{}: {error}", adapter.name);
        assert_eq!(server.requests().len(), requests, "{}", adapter.name);
        assert_eq!(clock.waits().len(), requests - 1, "{}", adapter.name);
    }
}

#[tokio::test]
async fn too_many_requests_for_long() {
    let throttled = |seconds| ErrorKind::Throttled { retry_after: Duration::from_secs(seconds).into() };
    let none = ErrorKind::Throttled { retry_after: None };
    check(refusal("429 Too Many Requests", ""), none, "Not now.", ATTEMPTS).await;
    check(refusal("429 Too Many Requests", "retry-after: 2\r\n"), throttled(2), "Not now.", ATTEMPTS).await;
    // More than anybody waits: the caller is told at once.
    check(refusal("429 Too Many Requests", "retry-after: 300\r\n"), throttled(300), "Not now.", 1).await;
    let date = "retry-after: Sun, 06 Nov 1994 08:54:30 GMT\r\n";
    check(refusal("429 Too Many Requests", date), throttled(300), "Not now.", 1).await;
    let no_use = "x-should-retry: false\r\n";
    check(refusal("429 Too Many Requests", no_use), ErrorKind::Throttled { retry_after: None }, "", 1).await;
}

#[tokio::test]
async fn storms_of_trouble() {
    for status in
        ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "529 Overloaded"]
    {
        check(refusal(status, ""), ErrorKind::Unavailable, "Not now.", ATTEMPTS).await;
    }
    check(refusal("504 Gateway Timeout", ""), ErrorKind::Timeout, "Not now.", ATTEMPTS).await;
}

#[tokio::test]
async fn what_would_only_be_refused_again() {
    for (status, kind) in [
        ("400 Bad Request", ErrorKind::Invalid),
        ("401 Unauthorized", ErrorKind::AccessDenied),
        ("403 Forbidden", ErrorKind::AccessDenied),
        ("404 Not Found", ErrorKind::UnknownModel),
        ("422 Unprocessable Entity", ErrorKind::Invalid),
    ] {
        check(refusal(status, ""), kind, "Not now.", 1).await;
    }
    let too_long = r#"{"error":{"message":"too many","code":"context_length_exceeded"}}"#;
    check(whole("400 Bad Request", JSON, too_long), ErrorKind::ContextTooLong, "too many", 1).await;
}

#[tokio::test]
async fn servers_that_are_no_models() {
    let html = "content-type: text/html; charset=utf-8\r\n";
    let page = "<html>Welcome!</html>";
    check(whole("200 OK", html, page), ErrorKind::Malformed, "text/html", 1).await;
    check(whole("200 OK", "", page), ErrorKind::Malformed, "no content-type", 1).await;
    check(whole("502 Bad Gateway", html, page), ErrorKind::Unavailable, "502 Bad Gateway", ATTEMPTS).await;
    let moved = whole("302 Found", "location: http://elsewhere.invalid/\r\n", "");
    check(moved, ErrorKind::Malformed, "redirection", 1).await;
}

#[tokio::test]
async fn a_refusal_without_end_is_read_in_part() {
    let head = format!("HTTP/1.1 400 Bad Request\r\n{JSON}\r\n").into_bytes();
    let reply = vec![Step::Send(head), Step::Forever(vec![b'x'; 4_096])];
    check(reply, ErrorKind::Invalid, "400 Bad Request", 1).await;
}

#[tokio::test]
async fn the_wish_to_wait_is_granted() {
    let key = key();
    for adapter in all() {
        let server = Server::start(vec![
            refusal("429 Too Many Requests", "retry-after: 5\r\n"),
            refusal("503 Service Unavailable", "retry-after-ms: 1500\r\n"),
            streamed(adapter.content_type, &adapter.answer),
        ])
        .await;
        let (provider, clock) = adapter.hasty(&server.url(), key.path());
        let answer = Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap();
        assert_eq!(answer.message.plain_text(), "Hello", "{}", adapter.name);
        let [first, second, ..] = clock.waits()[..] else { panic!("{}: two waits", adapter.name) };
        let least = (Duration::from_secs(5), Duration::from_millis(1_500));
        assert!(first >= least.0 && first < least.0 * 2, "{}: {first:?}", adapter.name);
        assert!(second >= least.1 && second < least.1 * 2, "{}: {second:?}", adapter.name);
    }
}
