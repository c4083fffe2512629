//! One request and its answer, over a real connection.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use inference_http::{Connection, Http, Secret};
use serde_json::Value;
use stdx::{ManualClock, SeededRng, Timestamp};
use tempfile::TempPath;

use super::server::{Server, streamed, whole};

/// 2026-01-02 03:04:05 UTC.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_323_045_000);

/// A provider that gives one answer again and again.
pub(crate) struct Upstream {
    server: Server,
    secrets: Vec<TempPath>,
}

impl Upstream {
    /// It answers with a stream.
    pub(crate) async fn streaming(content_type: &str, body: &[u8]) -> Self {
        Self { server: Server::start(vec![streamed(content_type, body)]).await, secrets: Vec::new() }
    }

    /// It answers with JSON, each request with the next one.
    pub(crate) async fn json(answers: &[(&str, &str)]) -> Self {
        let replies =
            answers.iter().map(|(status, body)| whole(status, "content-type: application/json\r\n", body));
        Self { server: Server::start(replies.collect()).await, secrets: Vec::new() }
    }

    /// A client of it that lives at a fixed time and does not try again.
    pub(crate) fn http(&self) -> Http {
        let connection = Connection { retries: 0, ..Connection::new("upstream", self.server.url()) };
        Http::new(connection, Arc::new(ManualClock::at(NOW)), Arc::new(SeededRng::new(7))).unwrap()
    }

    /// A secret in a file that lives as long as the provider.
    pub(crate) fn secret(&mut self, text: &str) -> Secret {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let path = file.into_temp_path();
        let secret = Secret::File(PathBuf::from(&*path));
        self.secrets.push(path);
        secret
    }

    /// The requests so far, as they came.
    pub(crate) fn raw_requests(&self) -> Vec<String> {
        self.server.requests()
    }

    /// The requests so far: the first line, these headers, and the body as readable JSON.
    pub(crate) fn requests(&self, headers: &[&str]) -> Vec<String> {
        self.server.requests().iter().map(|request| shown(request, headers)).collect()
    }

    /// The only request so far.
    pub(crate) fn request(&self, headers: &[&str]) -> String {
        let mut requests = self.requests(headers);
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests.remove(0)
    }
}

fn shown(request: &str, headers: &[&str]) -> String {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let mut text = lines.next().unwrap().to_owned();
    for line in lines.filter(|line| headers.contains(&line.split(':').next().unwrap())) {
        text += &format!("\n{line}");
    }
    let body: Value = serde_json::from_str(body).unwrap();
    format!("{text}\n\n{body:#}\n")
}
