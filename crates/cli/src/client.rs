//! Requests to a running server, signed with the root key of its data directory.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use authn::{RootKey, Service, SignedBody, Signer};
use bytes::Bytes;
use clap::Args;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ids::Region;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use stdx::{Clock, SystemClock};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::signal::ctrl_c;

use crate::paths::DataArgument;

/// Where the server is, and how answers are shown.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServerArguments {
    /// The server's address [default: where `freehold serve` listens, 127.0.0.1:7070]
    #[arg(long, env = "FREEHOLD_ENDPOINT", value_name = "URL")]
    endpoint: Option<String>,
    /// Whoever sets this for `freehold serve` and `freehold env` need not say it again.
    #[arg(long, env = "FREEHOLD_LISTEN", value_name = "ADDRESS", hide = true)]
    listen: Option<SocketAddr>,
    /// The region that the server was given [default: us-east-1]
    #[arg(long, env = "FREEHOLD_REGION", value_parser = |text: &str| Region::parse(text))]
    region: Option<Region>,
    #[command(flatten)]
    pub(crate) data: DataArgument,
    /// Print the server's answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl ServerArguments {
    /// A client with the key of the data directory.
    pub(crate) fn client(&self) -> Result<Client> {
        let file = self.data.file()?;
        let directory = self.data.directory(&file)?;
        let listens = self.listen.or(file.listen).map(|address| address.to_string());
        let endpoint = self.endpoint.clone().or(listens).unwrap_or_else(|| "127.0.0.1:7070".to_owned());
        let key = RootKey::find(directory.path())?;
        let key = key.ok_or_else(|| NoKey { directory: directory.path().to_owned() })?;
        let signer = Signer {
            access_key_id: key.access_key_id,
            secret: key.secret,
            session_token: None,
            region: self.region.clone().or(file.region).unwrap_or_default().to_string(),
            service: Service::new("bedrock-agentcore"),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let data = directory.path().to_owned();
        Ok(Client { authority: authority(&endpoint)?, signer, data, runtime })
    }
}

/// Host and port of an endpoint; `http://` may stand before them.
fn authority(endpoint: &str) -> Result<String> {
    let rest = endpoint.strip_prefix("http://").unwrap_or(endpoint).trim_end_matches('/');
    if rest.contains("://") {
        bail!("{endpoint}: the server speaks plain HTTP, so its address begins with http://");
    }
    let parsed: http::uri::Authority =
        rest.parse().with_context(|| format!("{endpoint} is no address such as 127.0.0.1:7070"))?;
    Ok(if parsed.port().is_some() { rest.to_owned() } else { format!("{rest}:80") })
}

/// Somebody who may ask the server everything.
pub(crate) struct Client {
    authority: String,
    signer: Signer,
    data: PathBuf,
    runtime: Runtime,
}

impl Client {
    /// The answer to a request; whatever is no success is an error that says what to do.
    pub(crate) fn call(&self, method: Method, target: &str, document: Option<&Value>) -> Result<Value> {
        self.runtime.block_on(self.answer(method, target, document))
    }

    /// The answer to a request with a body of this content type.
    pub(crate) fn send(
        &self,
        method: Method,
        target: &str,
        content_type: &str,
        body: Bytes,
    ) -> Result<Value> {
        self.runtime.block_on(self.answer_to(method, target, Some(content_type), body))
    }

    /// The answer to a request without a body; nothing if whoever waits for it interrupts.
    pub(crate) fn call_until_interrupted(&self, method: Method, target: &str) -> Result<Option<Value>> {
        self.runtime.block_on(async {
            tokio::select! {
                interrupted = ctrl_c() => interrupted.map(|()| None).map_err(Into::into),
                answer = self.answer(method, target, None) => answer.map(Some),
            }
        })
    }

    /// Waits; whether somebody interrupts meanwhile.
    pub(crate) fn interrupted_within(&self, pause: Duration) -> Result<bool> {
        self.runtime.block_on(async {
            tokio::select! {
                interrupted = ctrl_c() => interrupted.map(|()| true).map_err(Into::into),
                () = tokio::time::sleep(pause) => Ok(false),
            }
        })
    }

    async fn answer(&self, method: Method, target: &str, document: Option<&Value>) -> Result<Value> {
        let body = document.map_or_else(Bytes::new, |document| document.to_string().into());
        self.answer_to(method, target, document.map(|_| "application/json"), body).await
    }

    async fn answer_to(
        &self,
        method: Method,
        target: &str,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Result<Value> {
        let request = Request::builder().method(method).uri(format!("http://{}{target}", self.authority));
        let (mut parts, ()) = request.body(())?.into_parts();
        if let Some(content_type) = content_type {
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type)?);
        }
        self.signer.sign(&mut parts, SignedBody::Bytes(&body), SystemClock.now())?;
        let (status, answer) = exchange(&self.authority, parts, body).await?;
        let read: Result<Value, _> = serde_json::from_slice(&answer);
        if status.is_success() {
            return read.with_context(|| format!("{} is no Freehold server", self.authority));
        }
        let message = read.ok().and_then(|document| Some(document["message"].as_str()?.to_owned()));
        let message = message.unwrap_or_else(|| format!("the server answered {status}"));
        match status {
            StatusCode::FORBIDDEN => {
                let data = self.data.display();
                bail!("{message} (the key is that of {data}: say --data DIR if the server has another one)")
            }
            StatusCode::NOT_FOUND => match list_of(target) {
                Some(list) => bail!("{message} (`{list}` shows what there is)"),
                None => bail!(message),
            },
            _ => bail!(message),
        }
    }
}

/// No server has ever used the data directory.
#[derive(Debug, thiserror::Error)]
#[error("there is no access key in {}: say --data DIR with the data directory of the server", .directory.display())]
pub(crate) struct NoKey {
    directory: PathBuf,
}

/// Nobody listens where the server should.
#[derive(Debug, thiserror::Error)]
#[error(
    "no server answers at {authority}: start it with `freehold serve`, or say --endpoint URL with its address"
)]
pub(crate) struct NoServer {
    authority: String,
}

/// The command that lists what a target is among.
fn list_of(target: &str) -> Option<&'static str> {
    const LISTS: [(&str, &str); 4] = [
        ("memories", "freehold memory list"),
        ("sessions", "freehold sessions list --all"),
        ("keys", "freehold keys list"),
        ("models", "freehold models list"),
    ];
    let kind = target.strip_prefix("/_freehold/v1/")?.split(['/', '?']).next()?;
    LISTS.iter().find(|(known, _)| *known == kind).map(|(_, list)| *list)
}

async fn exchange(authority: &str, mut parts: Parts, body: Bytes) -> Result<(StatusCode, Bytes)> {
    let stream = TcpStream::connect(authority).await.map_err(|error| match error.kind() {
        ErrorKind::ConnectionRefused => anyhow::Error::new(NoServer { authority: authority.to_owned() }),
        _ => anyhow::Error::new(error).context(format!("cannot reach {authority}")),
    })?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    // On a connection of one's own a request names the path only.
    parts.uri = parts.uri.path_and_query().map_or("/", |target| target.as_str()).parse()?;
    let broke_off = || format!("{authority} broke the connection off");
    let response = sender.send_request(Request::from_parts(parts, Full::new(body))).await;
    let (head, body) = response.with_context(broke_off)?.into_parts();
    let body = body.collect().await.with_context(broke_off)?.to_bytes();
    connection.abort();
    Ok((head.status, body))
}

/// A text as one segment of a path, or one value of a query.
pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_with_and_without_scheme() {
        for (endpoint, expected) in [
            ("127.0.0.1:7070", "127.0.0.1:7070"),
            ("http://127.0.0.1:7070", "127.0.0.1:7070"),
            ("http://[::1]:7070/", "[::1]:7070"),
            ("freehold.example.com", "freehold.example.com:80"),
        ] {
            assert_eq!(authority(endpoint).unwrap(), expected);
        }
        for bad in ["https://127.0.0.1:7070", "http://a b", ""] {
            assert!(authority(bad).is_err(), "{bad}");
        }
    }
}
