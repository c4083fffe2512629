//! A verifier with one key and a clock that stands still, and requests as text.

use std::sync::Arc;

use authn::{
    AuthError, Credential, CredentialStore, Options, Presented, Principal, Request, Secret, Service, Verifier,
};
use bytes::Bytes;
use fault::Fault;
use http::{HeaderMap, HeaderName, HeaderValue};
use stdx::{BoxFuture, ManualClock, Timestamp};

pub(crate) const ACCESS_KEY: &str = "AKIDEXAMPLE";
pub(crate) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z, the moment at which all the vectors were signed.
pub(crate) const SIGNED_AT: Timestamp = Timestamp::from_millis(1_440_938_160_000);

/// A store with one credential.
pub(crate) struct OneKey(pub(crate) Credential);

impl CredentialStore for OneKey {
    fn find<'a>(&'a self, access_key_id: &'a str) -> BoxFuture<'a, Result<Option<Credential>, Fault>> {
        let found = (access_key_id == ACCESS_KEY).then(|| self.0.clone());
        Box::pin(std::future::ready(Ok(found)))
    }
}

pub(crate) fn credential(token: Option<&str>) -> Credential {
    let principal = Principal::root("000000000000", ACCESS_KEY);
    let mut credential = Credential::long_term(Secret::new(SECRET_KEY), principal);
    credential.session_token = token.map(Secret::new);
    credential
}

pub(crate) fn verifier_at(now: Timestamp, token: Option<&str>) -> Verifier {
    verifier_with(now, credential(token), &[])
}

pub(crate) fn verifier_with(now: Timestamp, credential: Credential, aliases: &[&str]) -> Verifier {
    let services = ["service", "bedrock-agentcore"].map(Service::new);
    let options = Options {
        region: "us-east-1".to_owned(),
        services: services.into_iter().chain([Service::s3(), Service::sts()]).collect(),
        host_aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
    };
    Verifier::new(options, Arc::new(OneKey(credential)), Arc::new(ManualClock::at(now)))
}

/// A request as it stands in a file or comes over the wire.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Text {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let [method, path, query] = [method, path, query].map(str::to_owned);
        Self { method, path, query, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Reads `METHOD target HTTP/1.1`, headers (lines that begin with a space go on), an empty line, a body.
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first = lines.next().expect("a request line").trim_end_matches(" HTTP/1.1");
        let (method, target) = first.split_once(' ').expect("a method and a target");
        let mut request = Self::new(method, target);
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with(' ') {
                let (_, value) = fields.last_mut().expect("a line to continue");
                value.push_str(line);
            } else {
                let (name, value) = line.split_once(':').expect("a header");
                fields.push((name.to_owned(), value.to_owned()));
            }
        }
        for (name, value) in fields {
            request.add(&name, &value);
        }
        request.body = Bytes::copy_from_slice(body.as_bytes());
        request
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers.remove(name);
        self.add(name, value);
    }

    pub(crate) fn view(&self) -> Request<'_> {
        Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            authority: None,
            headers: &self.headers,
            bodyless: self.body.is_empty(),
        }
    }
}

/// Reads, verifies and proves the body.
pub(crate) async fn verify(verifier: &Verifier, request: &Text) -> Result<Bytes, AuthError> {
    let view = request.view();
    let presented = Presented::parse(&view)?.ok_or(AuthError::MissingAuthentication)?;
    let (principal, body) = verifier.verify_whole(&view, &presented, request.body.clone()).await?;
    assert_eq!(principal.access_key_id, ACCESS_KEY);
    Ok(body)
}
