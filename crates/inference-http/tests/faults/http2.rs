//! HTTP/2, which all large providers speak: many answers on one connection, each given up for itself.

use std::future::poll_fn;

use bytes::Bytes;
use futures_util::StreamExt as _;
use h2::Reason;
use h2::server::SendResponse;
use inference::Answer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::adapters::{Adapter, all, hi};
use super::secrets::key;
use super::tls::{believed, passes_alone};

/// Takes one connection and answers the first request on it, and half of each further one; tells for which reason an
/// answer was given up.
async fn serve(
    listener: TcpListener,
    encryption: TlsAcceptor,
    adapter: Adapter,
    given_up: mpsc::Sender<Reason>,
) {
    let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
    let mut connection = h2::server::handshake(encryption.accept(stream).await.unwrap()).await.unwrap();
    let mut whole = true;
    while let Some(Ok((_, respond))) = connection.accept().await {
        let share = if std::mem::take(&mut whole) { 4 } else { 3 };
        let part = Bytes::copy_from_slice(&adapter.answer[..adapter.answer.len() * share / 4]);
        let given_up = given_up.clone();
        tokio::spawn(answer(respond, adapter.content_type, part, share == 4, given_up));
    }
}

async fn answer(
    mut respond: SendResponse<Bytes>,
    content_type: &'static str,
    part: Bytes,
    is_whole: bool,
    given_up: mpsc::Sender<Reason>,
) {
    let head = http::Response::builder().header("content-type", content_type).body(()).unwrap();
    let mut body = respond.send_response(head, false).unwrap();
    body.send_data(part, is_whole).unwrap();
    if !is_whole {
        given_up.send(poll_fn(|context| body.poll_reset(context)).await.unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn answers_share_a_connection_and_are_given_up_alone() {
    passes_alone("faults::http2::on_one_connection").await;
}

#[tokio::test]
#[ignore = "the test above runs it, in a process of its own"]
async fn on_one_connection() {
    let (adapter, key) = (all().remove(0), key());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let (given_up, mut reasons) = mpsc::channel(1);
    let encryption = believed(&["h2", "http/1.1"]);
    let (provider, _) = adapter.hasty(&url, key.path());
    // It takes no second connection: what follows works on the first or not at all.
    let server = tokio::spawn(serve(listener, encryption, adapter, given_up));

    let answer = Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap();
    assert_eq!(answer.message.plain_text(), "Hello");
    let mut kept = provider.converse(&hi()).await.unwrap();
    let mut dropped = provider.converse(&hi()).await.unwrap();
    for events in [&mut kept, &mut dropped] {
        assert!(events.next().await.is_some_and(|event| event.is_ok()));
    }
    drop(dropped);
    assert_eq!(reasons.recv().await, Some(Reason::CANCEL));
    assert!(kept.next().await.is_some_and(|event| event.is_ok()), "the other answer goes on");
    assert!(reasons.try_recv().is_err() && !server.is_finished());
}
