//! Bodies in pieces: what is proven comes out whole, what is not never ends well.

use std::io;
use std::path::Path;

use authn::{AuthError, BodyCheck, Presented, Secret, Service, SignedBody, Signer};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use hmac::{Hmac, Mac};
use http::Request;
use sha2::{Digest, Sha256};
use stdx::ByteStream;
use tempfile::TempDir;

use crate::support::{ACCESS_KEY, SECRET_KEY, SIGNED_AT, Text, verifier_at};

const BODY: &[u8] = b"The quick brown fox jumps over the lazy dog";
const SCOPE: &str = "20150830/us-east-1/s3/aws4_request";

/// A signed request for `service` and what remains to be proven of its body.
async fn check(service: Service, signed: SignedBody<'_>, change: impl Fn(&mut Text)) -> BodyCheck {
    let signer = Signer {
        access_key_id: ACCESS_KEY.to_owned(),
        secret: Secret::new(SECRET_KEY),
        session_token: None,
        region: "us-east-1".to_owned(),
        service,
    };
    let (mut parts, ()) = Request::post("http://localhost:7070/a/b").body(()).unwrap().into_parts();
    signer.sign(&mut parts, signed, SIGNED_AT).unwrap();
    let mut text = Text::new("POST", "/a/b");
    text.headers = parts.headers;
    text.body = Bytes::from_static(BODY);
    change(&mut text);
    let view = text.view();
    let presented = Presented::parse(&view).unwrap().unwrap();
    verifier_at(SIGNED_AT, None).verify(&view, &presented).await.unwrap().body
}

fn pieces(body: &[u8], size: usize) -> ByteStream {
    let pieces: Vec<_> = body.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    ByteStream::new(stream::iter(pieces))
}

/// Reads to the end; what came out, and how it ended.
async fn read(mut body: ByteStream) -> (Vec<u8>, io::Result<()>) {
    let mut all = Vec::new();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(error) => return (all, Err(error)),
        }
    }
    (all, Ok(()))
}

/// Reads a body that must not be believed; why it was not.
async fn refused(body: ByteStream, complete: usize) -> String {
    let (all, end) = read(body).await;
    assert!(all.len() < complete, "the whole of a forged body came out");
    let error = end.expect_err("a forged body ended well");
    AuthError::find(&error).expect("the reason is ours").name().to_owned()
}

#[tokio::test]
async fn a_hashed_body_is_proven_in_pieces_of_any_size() {
    for service in [Service::new("service"), Service::s3()] {
        for size in [1, 2, 7, BODY.len(), 100] {
            let check = check(service.clone(), SignedBody::Bytes(BODY), |_| ()).await;
            assert_eq!(check.caller_is_proven(), service == Service::s3());
            let (all, end) = read(check.guard(pieces(BODY, size))).await;
            assert!(end.is_ok());
            assert_eq!(all, BODY);
        }
    }
}

#[tokio::test]
async fn a_body_that_is_longer_shorter_or_other_ends_in_an_error() {
    let mut other = BODY.to_vec();
    other[0] ^= 1;
    let longer = [BODY, b"!"].concat();
    for service in [Service::new("service"), Service::s3()] {
        for forged in [&other[..], &longer, &BODY[1..], b""] {
            for size in [1, 100] {
                let check = check(service.clone(), SignedBody::Bytes(BODY), |_| ()).await;
                let name = refused(check.guard(pieces(forged, size)), forged.len().max(1)).await;
                assert_eq!(name, "InvalidSignatureException");
            }
        }
    }
}

#[tokio::test]
async fn a_body_said_to_be_absent_must_be_absent() {
    let bodyless = |text: &mut Text| text.body = Bytes::new();
    let absent = check(Service::new("service"), SignedBody::Bytes(b""), bodyless).await;
    assert!(absent.caller_is_proven());
    refused(absent.guard(pieces(BODY, 5)), BODY.len()).await;
}

#[tokio::test]
async fn an_unsigned_body_passes_as_it_is() {
    let check = check(Service::new("service"), SignedBody::Unsigned, |_| ()).await;
    assert!(check.caller_is_proven());
    assert_eq!(read(check.guard(pieces(b"anything", 3))).await.0, b"anything");
}

#[tokio::test]
async fn nothing_is_given_out_before_the_caller_is_proven() {
    let directory = TempDir::new().unwrap();
    for memory in [0, 10, BODY.len(), 1024] {
        let unnamed = check(Service::new("service"), SignedBody::Bytes(BODY), |_| ()).await;
        let settled = unnamed.settle(pieces(BODY, 5), memory, directory.path()).await.unwrap();
        assert_eq!(read(settled).await.0, BODY);

        let forged = check(Service::new("service"), SignedBody::Bytes(BODY), |_| ()).await;
        let error = forged.settle(pieces(&BODY[1..], 5), memory, directory.path()).await.unwrap_err();
        assert!(matches!(AuthError::find(&error), Some(AuthError::SignatureDoesNotMatch { .. })));
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "what waits on disk has no name");
}

#[tokio::test]
async fn a_body_that_cannot_wait_anywhere_is_an_error_of_the_disk() {
    let check = check(Service::new("service"), SignedBody::Bytes(BODY), |_| ()).await;
    let error = check.settle(pieces(BODY, 5), 10, Path::new("/nonexistent")).await.unwrap_err();
    assert_eq!((error.kind(), AuthError::find(&error).is_none()), (io::ErrorKind::NotFound, true));
}

#[tokio::test]
async fn the_body_of_a_proven_caller_does_not_wait() {
    let check = check(Service::s3(), SignedBody::Bytes(BODY), |_| ()).await;
    let endless = stream::iter([Ok(Bytes::from_static(BODY))]).chain(stream::pending());
    let settled = check.settle(ByteStream::new(endless), 0, Path::new("/nonexistent")).await;
    assert!(settled.is_ok());
}

#[tokio::test]
async fn an_error_of_the_transport_stays_what_it_is() {
    let check = check(Service::s3(), SignedBody::Bytes(BODY), |_| ()).await;
    let broken = [Ok(Bytes::from_static(BODY)), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    let (all, end) = read(check.guard(ByteStream::new(stream::iter(broken)))).await;
    assert_eq!((all.len(), end.unwrap_err().kind()), (0, io::ErrorKind::ConnectionReset));
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().into()
}

/// A request whose signature announces chunks, made by hand so that it does not rest on the code under test.
fn streaming(kind: &str) -> (Text, [u8; 32], String) {
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for part in SCOPE.split('/') {
        key = hmac(&key, part).to_vec();
    }
    let length = BODY.len().to_string();
    let mut text = Text::new("PUT", "/bucket/key");
    text.body = Bytes::from_static(BODY);
    let headers = [
        ("host", "localhost:7070"),
        ("x-amz-content-sha256", kind),
        ("x-amz-date", "20150830T123600Z"),
        ("x-amz-decoded-content-length", &length),
    ];
    let signed = headers.map(|(name, _)| name).join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("PUT\n/bucket/key\n\n{lines}\n{signed}\n{kind}");
    let hash = hex::encode(Sha256::digest(canonical));
    let signature = hmac(&key, &format!("AWS4-HMAC-SHA256\n20150830T123600Z\n{SCOPE}\n{hash}"));
    let signature = hex::encode(signature);
    for (name, value) in headers {
        text.add(name, value);
    }
    let credential = format!("Credential={ACCESS_KEY}/{SCOPE}");
    let authorization =
        format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders={signed}, Signature={signature}");
    text.add("authorization", &authorization);
    (text, key.try_into().unwrap(), signature)
}

/// The body in signed chunks of `size`, and a signed trailer if asked for.
fn chunks(key: &[u8], seed: &str, size: usize, trailer: bool) -> Vec<u8> {
    let empty = hex::encode(Sha256::digest([]));
    let mut previous = seed.to_owned();
    let mut out = Vec::new();
    for chunk in BODY.chunks(size).chain([&b""[..]]) {
        let hash = hex::encode(Sha256::digest(chunk));
        let scope = format!("20150830T123600Z\n{SCOPE}\n{previous}");
        previous = hex::encode(hmac(key, &format!("AWS4-HMAC-SHA256-PAYLOAD\n{scope}\n{empty}\n{hash}")));
        out.extend_from_slice(format!("{:x};chunk-signature={previous}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        if !chunk.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
    }
    if trailer {
        let hash = hex::encode(Sha256::digest("x-amz-checksum-crc32:AAAAAA==\n"));
        let text = format!("AWS4-HMAC-SHA256-TRAILER\n20150830T123600Z\n{SCOPE}\n{previous}\n{hash}");
        let signature = hex::encode(hmac(key, &text));
        out.extend_from_slice(b"x-amz-checksum-crc32:AAAAAA==\r\n");
        out.extend_from_slice(format!("x-amz-trailer-signature:{signature}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
    out
}

async fn streaming_check(text: &Text) -> BodyCheck {
    let view = text.view();
    let presented = Presented::parse(&view).unwrap().unwrap();
    verifier_at(SIGNED_AT, None).verify(&view, &presented).await.unwrap().body
}

#[tokio::test]
async fn signed_chunks_come_out_without_their_framing() {
    let kinds =
        [("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false), ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", true)];
    for (kind, trailer) in kinds {
        let (text, key, seed) = streaming(kind);
        for (chunk, piece) in [(1, 1), (8, 3), (8, 1000), (100, 7)] {
            let check = streaming_check(&text).await;
            let trailers = check.trailers();
            let (all, end) = read(check.guard(pieces(&chunks(&key, &seed, chunk, trailer), piece))).await;
            assert!(end.is_ok(), "{kind}: {end:?}");
            assert_eq!(all, BODY);
            let expected = [("x-amz-checksum-crc32".to_owned(), "AAAAAA==".to_owned())];
            assert_eq!(trailers.get(), if trailer { &expected[..] } else { &[] });
        }
    }
}

#[tokio::test]
async fn every_changed_byte_of_signed_chunks_is_noticed() {
    let (text, key, seed) = streaming("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
    let body = chunks(&key, &seed, 20, true);
    for index in 0..body.len() {
        let mut forged = body.clone();
        forged[index] ^= 1;
        refused(streaming_check(&text).await.guard(pieces(&forged, 9)), BODY.len()).await;
    }
}

#[tokio::test]
async fn signed_chunks_cannot_be_cut_reordered_or_continued() {
    let (text, key, seed) = streaming("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
    let body = chunks(&key, &seed, 20, true);
    for length in 0..body.len() - 2 {
        refused(streaming_check(&text).await.guard(pieces(&body[..length], 9)), BODY.len()).await;
    }
    let continued = [&body[..], b"0"].concat();
    refused(streaming_check(&text).await.guard(pieces(&continued, 9)), BODY.len()).await;
    let chunk = 2 + 17 + 64 + 2 + 20 + 2;
    let reordered = [&body[chunk..2 * chunk], &body[..chunk], &body[2 * chunk..]].concat();
    refused(streaming_check(&text).await.guard(pieces(&reordered, 9)), BODY.len()).await;
}
