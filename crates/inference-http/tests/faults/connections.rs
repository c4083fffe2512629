//! Connections: lost, silent, used again, given up.

use std::sync::Arc;

use futures_util::StreamExt as _;
use inference::{Answer, Delta, ErrorKind, Event};
use stdx::SystemClock;
use tokio::net::TcpListener;

use super::adapters::{all, hi, unlimited};
use super::secrets::key;
use super::server::{Server, Step, chunk, head, streamed, whole};

#[tokio::test]
async fn nobody_is_there() {
    let key = key();
    // A port that was just given up is nobody's for a while.
    let address = TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    for adapter in all() {
        let (provider, clock) = adapter.hasty(&format!("http://{address}"), key.path());
        let error = provider.converse(&hi()).await.err().unwrap();
        assert_eq!(error.kind(), &ErrorKind::Unavailable, "{}: {error}", adapter.name);
        assert!(error.message().contains("no connection"), "{}: {error}", adapter.name);
        assert_eq!(clock.waits().len(), 2, "{}", adapter.name);
    }
}

#[tokio::test]
async fn connections_that_are_closed_before_an_answer() {
    let key = key();
    for adapter in all() {
        let server =
            Server::start(vec![vec![Step::Close], streamed(adapter.content_type, &adapter.answer)]).await;
        let (provider, _) = adapter.hasty(&server.url(), key.path());
        let answer = Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap();
        assert_eq!(answer.message.plain_text(), "Hello", "{}", adapter.name);
        let server = Server::start(vec![vec![Step::Close]]).await;
        let (provider, _) = adapter.hasty(&server.url(), key.path());
        let error = provider.converse(&hi()).await.err().unwrap();
        assert_eq!(error.kind(), &ErrorKind::Unavailable, "{}: {error}", adapter.name);
        assert_eq!(server.requests().len(), 3, "{}", adapter.name);
    }
}

#[tokio::test]
async fn silence_before_an_answer_is_a_timeout_and_not_asked_again() {
    let key = key();
    for adapter in all() {
        let server = Server::start(vec![vec![Step::Hang]]).await;
        let provider = adapter.impatient(&server.url(), key.path());
        // The limit of the connection counts, too, so that this takes a moment.
        let error = provider.converse(&hi()).await.err().unwrap();
        assert_eq!(error.kind(), &ErrorKind::Timeout, "{}: {error}", adapter.name);
        assert_eq!(server.requests().len(), 1, "{}", adapter.name);
        server.is_left().await;
    }
}

#[tokio::test]
async fn silence_within_an_answer_is_a_timeout() {
    let key = key();
    for adapter in all() {
        let half = &adapter.answer[..adapter.answer.len() * 3 / 4];
        let server =
            Server::start(vec![vec![head(adapter.content_type), Step::Send(chunk(half)), Step::Hang]]).await;
        let provider = adapter.impatient(&server.url(), key.path());
        let events: Vec<_> = provider.converse(&hi()).await.unwrap().collect().await;
        let text = |event: &Result<Event, _>| matches!(event, Ok(Event::Delta { delta: Delta::Text(_), .. }));
        assert!(events.iter().any(text), "{}: what came is passed on: {events:?}", adapter.name);
        let error = events.into_iter().last().unwrap().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Timeout, "{}: {error}", adapter.name);
        server.is_left().await;
    }
}

#[tokio::test]
async fn dropping_an_answer_tells_the_provider() {
    let key = key();
    for adapter in all() {
        let half = &adapter.answer[..adapter.answer.len() * 3 / 4];
        let server =
            Server::start(vec![vec![head(adapter.content_type), Step::Send(chunk(half)), Step::Hang]]).await;
        let (provider, _) = adapter.hasty(&server.url(), key.path());
        let mut events = provider.converse(&hi()).await.unwrap();
        assert!(events.next().await.is_some_and(|event| event.is_ok()), "{}", adapter.name);
        assert_eq!(server.connections().closed, 0, "{}", adapter.name);
        drop(events);
        server.is_left().await;
    }
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let key = key();
    for adapter in all() {
        let refusal = whole("400 Bad Request", "content-type: application/json\r\n", "{}");
        let server = Server::start(vec![streamed(adapter.content_type, &adapter.answer), refusal]).await;
        let provider = adapter.at(unlimited(&server.url()), Arc::new(SystemClock), key.path());
        Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap();
        for _ in 0..2 {
            provider.converse(&hi()).await.err().unwrap();
        }
        assert_eq!((server.requests().len(), server.connections().accepted), (3, 1), "{}", adapter.name);
    }
}
