//! Any bytes as a signed request: read or refused, and never believed; any bytes as a chunked body: the same
//! outcome however they are cut into pieces.
#![no_main]

use std::sync::{Arc, LazyLock};

use authn::{Options, Presented, Request, RootCredentials, RootKey, Secret, Service, Verifier};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use stdx::{ByteStream, ManualClock, Timestamp};
use tokio::runtime::{Builder, Runtime};

/// An upload signed by botocore (`crates/authn/tests/botocore`), whose body may be any chunks.
const UPLOAD: [(&str, &str); 7] = [
    ("host", "localhost:7070"),
    ("content-encoding", "aws-chunked"),
    ("transfer-encoding", "chunked"),
    ("x-amz-trailer", "x-amz-checksum-crc32"),
    ("x-amz-decoded-content-length", "200"),
    ("x-amz-date", "20150830T123600Z"),
    ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
];
const UPLOAD_AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/s3/aws4_request, \
     SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-trailer, \
     Signature=181f6927e14086131dd14ed5ebcb706fa0c06101087229a90e94df406ee8a2e8";

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let key = RootKey { access_key_id: "AKIDEXAMPLE".to_owned(), secret };
    let options = Options {
        region: "us-east-1".to_owned(),
        services: vec![Service::new("bedrock-agentcore"), Service::s3(), Service::sts()],
        host_aliases: Vec::new(),
    };
    let clock = ManualClock::at(Timestamp::from_millis(1_440_938_160_000));
    Verifier::new(options, Arc::new(RootCredentials::new(&key, "000000000000")), Arc::new(clock))
});

fuzz_target!(|bytes: &[u8]| {
    claim(bytes);
    chunks(bytes);
});

fn claim(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.lines();
    let target = lines.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let request = Request { method: "GET", path, query, authority: None, headers: &headers, bodyless: true };
    if let Ok(Some(presented)) = Presented::parse(&request) {
        let verified = RUNTIME.block_on(VERIFIER.verify(&request, &presented));
        assert!(verified.is_err(), "nobody guesses a signature");
    }
}

fn chunks(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for (name, value) in UPLOAD {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("authorization", HeaderValue::from_static(UPLOAD_AUTHORIZATION));
    let request = Request {
        method: "PUT",
        path: "/bucket/agent.zip",
        query: "",
        authority: None,
        headers: &headers,
        bodyless: false,
    };
    let presented = Presented::parse(&request).expect("it is readable").expect("it is signed");
    let check = || RUNTIME.block_on(VERIFIER.verify(&request, &presented)).expect("it is proven").body;
    let whole = check().whole(Bytes::copy_from_slice(bytes)).ok();
    let pieces: Vec<_> = bytes.chunks(3).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let stream = check().guard(ByteStream::new(futures_util::stream::iter(pieces)));
    assert_eq!(RUNTIME.block_on(stream.collect(bytes.len())).ok(), whole);
}
