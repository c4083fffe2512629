//! Whatever goes wrong, the key that was sent is in no error.

use std::error::Error;
use std::io::Write as _;

use inference::{Answer, ModelError};
use tempfile::NamedTempFile;

use super::adapters::{all, hi};
use super::server::{Server, streamed, whole};

/// The key that the tests' requests are sent with.
pub(crate) const KEY: &str = "sk-very-secret-0123456789";

/// The key, in a file.
pub(crate) fn key() -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    writeln!(file, "{KEY}").unwrap();
    file
}

/// Everything that an error says, to the caller and to the log.
fn everything(error: &ModelError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn a_key_that_the_provider_repeats_is_not_passed_on() {
    let key = key();
    for adapter in all() {
        let refusal = format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}."}}}}"#);
        let server = Server::start(vec![
            whole("401 Unauthorized", "content-type: application/json\r\n", refusal),
            streamed(adapter.content_type, &adapter.failure(&format!("the key {KEY} was withdrawn"))),
            whole("200 OK", &format!("content-type: text/{KEY}\r\n"), KEY),
        ])
        .await;
        let (provider, _) = adapter.hasty(&server.url(), key.path());
        let refused = provider.converse(&hi()).await.err().unwrap();
        assert!(
            refused.message().contains("Incorrect API key provided: [secret]."),
            "{}: {refused}",
            adapter.name
        );
        let broken = Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap_err();
        assert!(broken.message().contains("the key [secret] was withdrawn"), "{}: {broken}", adapter.name);
        let strange = provider.converse(&hi()).await.err().unwrap();
        for error in [refused, broken, strange] {
            assert!(!everything(&error).contains(KEY), "{}: {}", adapter.name, everything(&error));
        }
        assert!(server.requests()[0].contains(KEY), "{}: the key is sent", adapter.name);
    }
}

#[tokio::test]
async fn a_rotated_key_is_used_by_the_next_attempt() {
    for adapter in all() {
        let key = key();
        let server = Server::start(vec![streamed(adapter.content_type, &adapter.answer)]).await;
        let (provider, _) = adapter.hasty(&server.url(), key.path());
        Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap();
        std::fs::write(key.path(), "sk-another").unwrap();
        Answer::collect(provider.converse(&hi()).await.unwrap()).await.unwrap();
        let [first, second] = server.requests().try_into().unwrap();
        assert!(first.contains(KEY) && second.contains("sk-another"), "{}", adapter.name);
    }
}
