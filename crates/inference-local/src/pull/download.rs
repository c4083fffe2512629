//! Files from servers, counted and hashed on their way to the disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, Url, redirect};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::{Digest, LARGEST, Listener, Progress, PullError};

const CONNECT: Duration = Duration::from_secs(10);
/// Between two pieces of an answer.
const IDLE: Duration = Duration::from_secs(60);

/// A client for a few downloads.
pub(super) struct Downloads {
    client: Client,
}

impl Downloads {
    pub(super) fn new() -> Result<Self, PullError> {
        let mut roots = RootCertStore::empty();
        // The machine's own, so that an organisation's authority works; without any, the connection says so.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has what TLS 1.2 and 1.3 need")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT)
            .read_timeout(IDLE)
            .redirect(redirect::Policy::limited(5))
            .user_agent(concat!("freehold/", env!("CARGO_PKG_VERSION")));
        let client = builder.build().map_err(|error| PullError::Server {
            url: "https".to_owned(),
            what: "no client for it".to_owned(),
            source: Some(error),
        })?;
        Ok(Self { client })
    }

    /// A text of at most so many bytes.
    pub(super) async fn text(&self, url: &Url, accept: &str, limit: u64) -> Result<String, PullError> {
        let mut response = self.get(url, accept).await?;
        let mut text = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(|error| broken(url, error))? {
            text.extend_from_slice(&piece);
            if text.len() as u64 > limit {
                return Err(PullError::TooLarge { url: shown(url), limit });
            }
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// A file to the disk. Whatever is not as announced is no file for anybody.
    pub(super) async fn fetch(
        &self,
        url: &str,
        to: &Path,
        expected: Option<Digest>,
        listener: Listener<'_>,
    ) -> Result<Digest, PullError> {
        let url = parse(url)?;
        let mut response = self.get(&url, "*/*").await?;
        let total = response.content_length();
        let file = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or("").to_owned();
        let mut hasher = Sha256::new();
        let mut written = 0;
        let mut target = tokio::fs::File::create_new(to).await.map_err(PullError::Write)?;
        while let Some(piece) = response.chunk().await.map_err(|error| broken(&url, error))? {
            written += piece.len() as u64;
            if written > LARGEST {
                return Err(PullError::TooLarge { url: shown(&url), limit: LARGEST });
            }
            hasher.update(&piece);
            target.write_all(&piece).await.map_err(PullError::Write)?;
            listener(Progress::Downloading { file: file.clone(), bytes: written, total });
        }
        target.flush().await.map_err(PullError::Write)?;
        let found = Digest(hasher.finalize().into());
        verify(expected, found)?;
        Ok(found)
    }

    async fn get(&self, url: &Url, accept: &str) -> Result<Response, PullError> {
        let request = self.client.get(url.clone()).header("accept", accept);
        let response = request.send().await.map_err(|error| broken(url, error))?;
        if !response.status().is_success() {
            let what = format!("the server answers {}", response.status());
            return Err(PullError::Server { url: shown(url), what, source: None });
        }
        Ok(response)
    }
}

pub(super) fn parse(url: &str) -> Result<Url, PullError> {
    Url::parse(url).map_err(|error| PullError::Source { what: format!("the URL is none: {error}") })
}

/// SHA-256 of a file that is here.
pub(super) fn digest_of(path: &Path) -> Result<Digest, PullError> {
    let unread = |error: io::Error| PullError::read(path, error);
    let mut file = File::open(path).map_err(unread)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        let read = file.read(&mut buffer).map_err(unread)?;
        if read == 0 {
            return Ok(Digest(hasher.finalize().into()));
        }
        hasher.update(&buffer[..read]);
    }
}

pub(super) fn verify(expected: Option<Digest>, found: Digest) -> Result<(), PullError> {
    match expected {
        Some(expected) if expected != found => Err(PullError::Digest { expected, found }),
        _ => Ok(()),
    }
}

fn broken(url: &Url, error: reqwest::Error) -> PullError {
    let what = if error.is_timeout() { "no answer in time" } else { "the connection failed" };
    PullError::Server { url: shown(url), what: what.to_owned(), source: Some(error.without_url()) }
}

/// The URL without what may be a secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // These fail only for URLs that cannot have either.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.set_query(None);
    url.into()
}
