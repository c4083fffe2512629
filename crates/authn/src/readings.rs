//! The ways in which one request can be read. Clients and proxies spell hosts, paths and queries differently
//! from what was signed; each reading here means the same request, so any of them may prove it.

use std::borrow::Cow;

use crate::canonical::{Spelling, canonical_query, encoded_key, encoded_twice, normalized, write_headers};
use crate::presented::{Form, Presented};
use crate::request::Request;
use crate::service::PathStyle;

/// A canonical request without its last line, the hash of the payload.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) text: Vec<u8>,
    /// The path that this reading signs, if it is not the one that was sent.
    pub(crate) path: Option<String>,
}

struct SignedPath {
    canonical: String,
    normalized: Option<String>,
}

/// All readings, the likeliest first. Lazy, since the first is nearly always right.
pub(crate) fn readings<'r>(
    request: &'r Request<'r>,
    presented: &'r Presented,
    style: PathStyle,
    aliases: &'r [String],
) -> impl Iterator<Item = Reading> + 'r {
    let paths = paths(request.path, style);
    let queries = queries(request.query, presented);
    let hosts = hosts(request, aliases);
    let (path_count, host_count) = (paths.len(), hosts.len());
    (0..path_count * queries.len() * host_count).map(move |index| {
        let host = &hosts[index % host_count];
        let path = &paths[index / host_count % path_count];
        let query = &queries[index / host_count / path_count];
        let text = write(request, presented, &path.canonical, query, host);
        Reading { text, path: path.normalized.clone() }
    })
}

fn write(request: &Request<'_>, presented: &Presented, path: &str, query: &str, host: &str) -> Vec<u8> {
    let signed = &presented.signed_headers;
    let mut text = Vec::with_capacity(512 + path.len() + query.len() + 2 * signed.len());
    for line in [request.method, path, query] {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    write_headers(&mut text, request.headers, signed, host);
    text.push(b'\n');
    text.extend_from_slice(signed.as_bytes());
    text.push(b'\n');
    text
}

fn paths(path: &str, style: PathStyle) -> Vec<SignedPath> {
    let as_sent = |canonical| SignedPath { canonical, normalized: None };
    match style {
        PathStyle::Key => match encoded_key(path) {
            Cow::Borrowed(path) => vec![as_sent(path.to_owned())],
            Cow::Owned(encoded) => vec![as_sent(encoded), as_sent(path.to_owned())],
        },
        PathStyle::EncodedTwice => {
            let mut paths = vec![as_sent(encoded_twice(path))];
            if let Some(normal) = normalized(path) {
                paths.push(SignedPath { canonical: encoded_twice(&normal), normalized: Some(normal) });
            }
            paths
        }
    }
}

/// Some services' clients add the session token to a presigned query after signing; it is compared with the
/// key's own token in any case, so nothing is lost when it is not signed.
fn queries(query: &str, presented: &Presented) -> Vec<String> {
    let skips: &[&[&str]] = match (presented.form, &presented.security_token) {
        (Form::Header, _) => &[&[]],
        (Form::Query { .. }, None) => &[&["X-Amz-Signature"]],
        (Form::Query { .. }, Some(_)) => {
            &[&["X-Amz-Signature"], &["X-Amz-Signature", "X-Amz-Security-Token"]]
        }
    };
    let mut queries: Vec<String> = Vec::new();
    for spelling in [Spelling::Canonical, Spelling::AsSent] {
        for skip in skips {
            push_new(&mut queries, canonical_query(query, spelling, skip));
        }
    }
    queries
}

/// The host as sent, without its port (presigned URLs are often made that way), as the server's other names.
fn hosts(request: &Request<'_>, aliases: &[String]) -> Vec<String> {
    let mut sent: Vec<String> = Vec::new();
    let headers = request.headers.get_all(http::header::HOST).iter().filter_map(|value| value.to_str().ok());
    for host in headers.map(str::trim).chain(request.authority) {
        push_new(&mut sent, host.to_owned());
    }
    let mut hosts = sent.clone();
    for host in &sent {
        push_new(&mut hosts, without_port(host).to_owned());
        push_new(&mut hosts, host.to_ascii_lowercase());
        push_new(&mut hosts, without_port(host).to_ascii_lowercase());
    }
    for alias in aliases {
        push_new(&mut hosts, alias.clone());
    }
    if hosts.is_empty() {
        hosts.push(String::new());
    }
    hosts
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

fn push_new(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_told_from_addresses() {
        let hosts = [
            ("localhost:7070", "localhost"),
            ("localhost", "localhost"),
            ("[::1]:7070", "[::1]"),
            ("[::1]", "[::1]"),
            ("127.0.0.1:1", "127.0.0.1"),
        ];
        for (host, expected) in hosts {
            assert_eq!(without_port(host), expected);
        }
    }
}
