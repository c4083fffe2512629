//! Answers that begin well.

use futures_util::StreamExt as _;
use inference::{Answer, Delta, ErrorKind, Event, Events, ModelError};

use super::adapters::{Adapter, all, hi};
use super::secrets::key;
use super::server::{Reply, Server, Step, chunk, head, streamed};

/// The text of an answer, and the error that it ends with.
async fn read(mut events: Events) -> (String, Option<ModelError>) {
    let mut text = String::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Delta { delta: Delta::Text(more), .. }) => text += &more,
            Ok(_) => {}
            Err(error) => return (text, Some(error)),
        }
    }
    (text, None)
}

/// What an adapter makes of a reply.
async fn outcome(adapter: &Adapter, reply: Reply) -> (String, Option<ModelError>) {
    let (server, key) = (Server::start(vec![reply]).await, key());
    let (provider, _) = adapter.hasty(&server.url(), key.path());
    let outcome = read(provider.converse(&hi()).await.unwrap()).await;
    assert_eq!(
        server.requests().len(),
        1,
        "{}: an answer that has begun is not asked for again",
        adapter.name
    );
    outcome
}

#[tokio::test]
async fn an_answer_in_single_bytes() {
    for adapter in all() {
        let bytes = adapter.answer.iter().flat_map(|byte| chunk([*byte])).collect();
        let reply = vec![head(adapter.content_type), Step::Dribble(bytes), Step::Send(b"0\r\n\r\n".to_vec())];
        let (text, error) = outcome(&adapter, reply).await;
        assert!(text == "Hello" && error.is_none(), "{}: {text} {error:?}", adapter.name);
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off() {
    for adapter in all() {
        let half = &adapter.answer[..adapter.answer.len() / 2];
        let cut = vec![head(adapter.content_type), Step::Send(chunk(half)), Step::Close];
        // Without a length or chunks, only the format knows that something is missing.
        let plain = format!("HTTP/1.1 200 OK\r\ncontent-type: {}\r\n\r\n", adapter.content_type);
        let short = vec![Step::Send([plain.as_bytes(), half].concat()), Step::Close];
        for reply in [cut, short] {
            let (text, error) = outcome(&adapter, reply).await;
            let error = error.unwrap_or_else(|| panic!("{}: taken for whole: {text}", adapter.name));
            let kinds = [ErrorKind::Unavailable, ErrorKind::Malformed];
            assert!(kinds.contains(error.kind()) && error.message().contains("upstream"), "{error}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_no_json_in_the_middle() {
    for adapter in all() {
        let (text, error) = outcome(&adapter, streamed(adapter.content_type, &adapter.no_json)).await;
        assert_eq!(text, "Hel", "{}: what came before is passed on", adapter.name);
        assert_eq!(error.unwrap().kind(), &ErrorKind::Malformed, "{}", adapter.name);
    }
}

#[tokio::test]
async fn an_input_for_a_tool_that_is_no_json() {
    for adapter in all().iter().filter(|adapter| !adapter.half_input.is_empty()) {
        let (server, key) =
            (Server::start(vec![streamed(adapter.content_type, &adapter.half_input)]).await, key());
        let (provider, _) = adapter.hasty(&server.url(), key.path());
        let error = Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Malformed, "{}: {error}", adapter.name);
        assert!(error.message().contains("weather"), "{}: {error}", adapter.name);
    }
}

#[tokio::test]
async fn an_answer_without_end() {
    for adapter in all() {
        let many = adapter.idle.repeat((64 << 10) / adapter.idle.len() + 1);
        let reply = vec![head(adapter.content_type), Step::Forever(chunk(many))];
        let (_, error) = outcome(&adapter, reply).await;
        assert_eq!(error.unwrap().kind(), &ErrorKind::Malformed, "{}: many frames", adapter.name);
        let reply = vec![head(adapter.content_type), Step::Forever(chunk([b'x'; 64 << 10]))];
        let (_, error) = outcome(&adapter, reply).await;
        assert_eq!(error.unwrap().kind(), &ErrorKind::Malformed, "{}: one frame", adapter.name);
    }
}

#[tokio::test]
async fn trouble_that_the_provider_reports_itself() {
    for adapter in all() {
        let (_, error) =
            outcome(&adapter, streamed(adapter.content_type, &adapter.failure("GPU on fire"))).await;
        let error = error.unwrap();
        assert!(
            error.kind().is_transient() && error.message().contains("GPU on fire"),
            "{}: {error}",
            adapter.name
        );
    }
}
