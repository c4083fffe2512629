//! Everything that must be refused, and in which words.

use std::time::Duration;

use authn::{AuthError, Dialect, Presented, Service, SignedBody, Signer};
use http::Request;
use stdx::Timestamp;

use crate::support::{
    ACCESS_KEY, SECRET_KEY, SIGNED_AT, Text, credential, verifier_at, verifier_with, verify,
};

const MINUTE: u64 = 60;

fn signer(service: Service) -> Signer {
    Signer {
        access_key_id: ACCESS_KEY.to_owned(),
        secret: authn::Secret::new(SECRET_KEY),
        session_token: None,
        region: "us-east-1".to_owned(),
        service,
    }
}

fn signed(signer: &Signer) -> Text {
    let (mut parts, ()) = Request::get("http://localhost:7070/a?b=c").body(()).unwrap().into_parts();
    signer.sign(&mut parts, SignedBody::Bytes(b""), SIGNED_AT).unwrap();
    let mut text = Text::new("GET", "/a?b=c");
    text.headers = parts.headers;
    text
}

/// A request for the plain service with something done to its headers.
async fn refusal(change: impl Fn(&mut Text)) -> AuthError {
    let mut text = signed(&signer(Service::new("service")));
    change(&mut text);
    verify(&verifier_at(SIGNED_AT, None), &text).await.expect_err("a bad request was accepted")
}

fn replace(text: &mut Text, from: &str, to: &str) {
    let old = text.headers["authorization"].to_str().unwrap().to_owned();
    assert!(old.contains(from), "{old} has no {from}");
    text.set("authorization", &old.replace(from, to));
}

fn check(error: &AuthError, status: u16, name: &str) {
    assert_eq!((error.status(), error.name()), (status, name), "{error}");
    assert!(!error.message().contains(SECRET_KEY) && !format!("{error:?}").contains(SECRET_KEY));
}

#[tokio::test]
async fn a_request_without_a_signature() {
    check(
        &refusal(|text| drop(text.headers.remove("authorization"))).await,
        403,
        "MissingAuthenticationTokenException",
    );
    let bearer = refusal(|text| text.set("authorization", "Bearer abc")).await;
    check(&bearer, 403, "MissingAuthenticationTokenException");
}

#[tokio::test]
async fn a_signature_that_cannot_be_read() {
    let changes: Vec<fn(&mut Text)> = vec![
        |text| text.set("authorization", "AWS4-HMAC-SHA256"),
        |text| text.set("authorization", "AWS4-HMAC-SHA256 nonsense"),
        |text| text.set("authorization", "AWS AKIDEXAMPLE:c2lnbmF0dXJl"),
        |text| replace(text, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        |text| replace(text, "Credential=", "Credentials="),
        |text| replace(text, "/aws4_request", ""),
        |text| replace(text, "Signature=", "Signature=0"),
        |text| replace(text, "SignedHeaders=host;", "SignedHeaders="),
        |text| replace(text, "Signature=", "Signature=0, Signature="),
        |text| drop(text.headers.remove("x-amz-date")),
        |text| text.set("x-amz-date", "yesterday"),
        |text| text.add("x-amz-date", "20150830T123600Z"),
        |text| text.set("x-amz-content-sha256", "STREAMING-NONSENSE"),
        |text| text.query.push_str("&X-Amz-Signature=0"),
        |text| {
            let again = text.headers["authorization"].to_str().unwrap().to_owned();
            text.add("authorization", &again);
        },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let error = refusal(change).await;
        assert!(matches!(error, AuthError::IncompleteSignature(_)), "change {index}: {error:?}");
        check(&error, 403, "IncompleteSignatureException");
        assert_eq!(error.in_dialect(Dialect::Query), (400, "IncompleteSignature"));
    }
}

#[tokio::test]
async fn a_key_that_nobody_has_or_no_longer() {
    check(&refusal(|text| replace(text, ACCESS_KEY, "AKIDOTHER")).await, 403, "UnrecognizedClientException");
    let text = signed(&signer(Service::new("service")));
    let mut ended = credential(None);
    ended.expires_at = Some(SIGNED_AT);
    let error = verify(&verifier_with(SIGNED_AT, ended, &[]), &text).await.unwrap_err();
    check(&error, 403, "ExpiredTokenException");
}

#[tokio::test]
async fn a_session_token_must_be_the_keys_own() {
    let mut with_token = signer(Service::new("service"));
    with_token.session_token = Some(authn::Secret::new("token"));
    let [with, without] = [signed(&with_token), signed(&signer(Service::new("service")))];
    assert!(verify(&verifier_at(SIGNED_AT, Some("token")), &with).await.is_ok());
    for (text, expected) in [(&with, None), (&with, Some("other")), (&without, Some("token"))] {
        let error = verify(&verifier_at(SIGNED_AT, expected), text).await.unwrap_err();
        check(&error, 403, "UnrecognizedClientException");
    }
}

#[tokio::test]
async fn a_scope_that_is_not_ours() {
    let mut elsewhere = signer(Service::new("service"));
    elsewhere.region = "eu-west-1".to_owned();
    let verifier = verifier_at(SIGNED_AT, None);
    for signer in [elsewhere, signer(Service::new("lambda"))] {
        let error = verify(&verifier, &signed(&signer)).await.unwrap_err();
        assert!(matches!(error, AuthError::WrongScope(_)));
        check(&error, 403, "InvalidSignatureException");
    }
    let other_day = refusal(|text| replace(text, "/20150830/", "/20150829/")).await;
    assert!(matches!(other_day, AuthError::WrongScope(_)));
}

#[tokio::test]
async fn a_signature_counts_for_five_minutes_and_fifteen_for_s3() {
    for (service, minutes) in [(Service::new("service"), 5), (Service::s3(), 15), (Service::sts(), 15)] {
        let text = signed(&signer(service));
        let span = Duration::from_secs(minutes * MINUTE);
        let start = Timestamp::from_millis(SIGNED_AT.as_millis() - i64::try_from(span.as_millis()).unwrap());
        for now in [start, SIGNED_AT.plus(span)] {
            assert!(verify(&verifier_at(now, None), &text).await.is_ok());
        }
        let early = verify(&verifier_at(Timestamp::from_millis(start.as_millis() - 1), None), &text).await;
        assert!(matches!(early, Err(AuthError::SignatureNotYetCurrent { .. })));
        let late =
            verify(&verifier_at(SIGNED_AT.plus(span).plus(Duration::from_millis(1)), None), &text).await;
        assert!(matches!(late, Err(AuthError::SignatureExpired { .. })));
    }
}

#[tokio::test]
async fn an_expired_signature_says_by_how_much() {
    let text = signed(&signer(Service::new("service")));
    let late = verifier_at(SIGNED_AT.plus(Duration::from_secs(10 * MINUTE)), None);
    let error = verify(&late, &text).await.unwrap_err();
    let message = "Signature expired: 20150830T123600Z is now earlier than 20150830T124100Z (20150830T124600Z - 5 min.)";
    assert_eq!(error.message(), message);
    check(&error, 403, "InvalidSignatureException");
}

#[tokio::test]
async fn a_presigned_url_counts_until_it_expires() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/aws-signing-test-suite/v4/get-vanilla-query");
    let text = std::fs::read_to_string(format!("{folder}/query-signed-request.txt")).unwrap();
    let text = Text::parse(&text);
    let end = SIGNED_AT.plus(Duration::from_secs(3600));
    assert!(verify(&verifier_at(end, None), &text).await.is_ok());
    let late = verify(&verifier_at(end.plus(Duration::from_millis(1)), None), &text).await.unwrap_err();
    assert!(matches!(late, AuthError::RequestExpired { .. }));
    assert_eq!(late.in_dialect(Dialect::S3), (403, "AccessDenied"));
}

#[tokio::test]
async fn an_amazon_header_cannot_be_slipped_in() {
    let error = refusal(|text| text.add("x-amz-acl", "public-read")).await;
    assert_eq!(error.message(), "There were headers present in the request which were not signed: x-amz-acl");
    check(&error, 403, "InvalidSignatureException");
}

#[test]
fn a_claim_is_readable_before_it_is_proven() {
    let text = signed(&signer(Service::s3()));
    let presented = Presented::parse(&text.view()).unwrap().unwrap();
    assert_eq!((presented.access_key_id(), presented.service()), (ACCESS_KEY, "s3"));
    assert_eq!((presented.region(), presented.date()), ("us-east-1", "20150830"));
    assert!(!presented.is_presigned());
}

#[tokio::test]
async fn two_host_headers_are_one_host() {
    let mut text = signed(&signer(Service::new("service")));
    text.add("host", "localhost:7070");
    assert!(verify(&verifier_at(SIGNED_AT, None), &text).await.is_ok());
}

#[tokio::test]
async fn the_path_that_was_signed_is_the_one_to_route_on() {
    let mut text = signed(&signer(Service::new("service")));
    let verifier = verifier_at(SIGNED_AT, None);
    for (sent, routed) in [("/a", "/a"), ("/b/..//./a", "/a")] {
        sent.clone_into(&mut text.path);
        let view = text.view();
        let presented = Presented::parse(&view).unwrap().unwrap();
        let verified = verifier.verify(&view, &presented).await.unwrap();
        assert_eq!(verified.path(&text.path), routed);
    }
}
