//! Exchanges with a running program.

use bytes::Bytes;
use futures_util::stream;
use stdx::ByteStream;
use tokio::sync::mpsc;

use super::{Subject, ask, get, invoke, request, start, until};
use crate::engine::Sandbox;
use crate::exchange::LogSource;
use crate::spec::TemplateName;

const BIG: usize = 20 << 20;

pub(super) async fn state_is_kept_and_apart(subject: &dyn Subject, template: &TemplateName) {
    let one = start(subject, template, "state-one").await;
    let two = start(subject, template, "state-two").await;
    assert_eq!(invoke(&*one, "7").await, r#"{"count":1,"received":7}"#);
    assert_eq!(invoke(&*one, "8").await, r#"{"count":2,"received":8}"#);
    assert_eq!(invoke(&*two, "9").await, r#"{"count":1,"received":9}"#);
    let written = request("PUT", "/files/secret", ByteStream::once("of one"), Some(6));
    assert_eq!(ask(&*one, written).await, "");
    assert_eq!(ask(&*one, get("/files/secret")).await, "of one");
    let elsewhere = two.exchange(get("/files/secret")).await.expect("the agent answers");
    assert_eq!(elsewhere.status, 404);
    one.stop().await;
    two.stop().await;
}

/// Each chunk is sent only when the one before has come back, so nothing can have waited for the end.
pub(super) async fn bodies_stream_both_ways(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "streams").await;
    let (chunks, body) = mpsc::channel::<Bytes>(1);
    let body = ByteStream::new(stream::unfold(body, async |mut body| {
        let chunk = body.recv().await?;
        Some((Ok(chunk), body))
    }));
    chunks.send(Bytes::from_static(b"first")).await.expect("the body is being read");
    let mut reply = sandbox.exchange(request("POST", "/echo", body, None)).await.expect("the agent answers");
    for expected in ["first", "second", "third"] {
        let echoed = reply.body.next().await.expect("the answer goes on").expect("and is whole");
        assert_eq!(echoed, expected);
        let following = if expected == "first" { "second" } else { "third" };
        if expected != "third" {
            chunks.send(Bytes::from_static(following.as_bytes())).await.expect("the body is being read");
        }
    }
    drop(chunks);
    assert!(reply.body.next().await.is_none());
    sandbox.stop().await;
}

pub(super) async fn a_big_body_passes_unchanged(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "big").await;
    let byte = |index: usize| u8::try_from(index.wrapping_mul(2_654_435_761) >> 24 & 0xff).unwrap_or(0);
    let pieces = (0..BIG).step_by(100_000).map(move |begin| {
        let end = (begin + 100_000).min(BIG);
        Ok((begin..end).map(byte).collect::<Bytes>())
    });
    let exchange = request("POST", "/echo", ByteStream::new(stream::iter(pieces)), u64::try_from(BIG).ok());
    let mut reply = sandbox.exchange(exchange).await.expect("the agent answers");
    let mut received = 0;
    while let Some(chunk) = reply.body.next().await {
        for echoed in chunk.expect("the answer is whole") {
            assert_eq!(echoed, byte(received), "byte {received}");
            received += 1;
        }
    }
    assert_eq!(received, BIG);
    sandbox.stop().await;
}

pub(super) async fn a_client_that_leaves_is_noticed(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "leaves").await;
    let mut reply = sandbox.exchange(get("/ticks")).await.expect("the agent answers");
    let first = reply.body.next().await.expect("it ticks").expect("the stream is whole");
    assert!(first.starts_with(b"data: 0\n\n"), "{first:?}");
    drop(reply);
    until(async || ask(&*sandbox, get("/gone")).await == "1").await;
    sandbox.stop().await;
}

pub(super) async fn output_is_kept(subject: &dyn Subject, template: &TemplateName) {
    let sandbox = start(subject, template, "output").await;
    let said = request("POST", "/print", ByteStream::once("a word"), Some(6));
    assert_eq!(ask(&*sandbox, said).await, "");
    until(async || said_twice(&*sandbox)).await;
    assert!(sandbox.log_tail().iter().any(|line| line.text == "agent is starting"));
    let usage = sandbox.usage().await.expect("a running sandbox tells what it used");
    assert!(usage.memory > 0 && usage.host_private > 0);
    sandbox.stop().await;
}

fn said_twice(sandbox: &dyn Sandbox) -> bool {
    let tail = sandbox.log_tail();
    let said =
        |source| tail.iter().filter(|line| line.source == source && line.text == "a word").count() == 1;
    said(LogSource::Stdout) && said(LogSource::Stderr)
}
