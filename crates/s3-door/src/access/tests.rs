use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

const SCOPE: &str = "AKIA/20260101/us-east-1/s3/aws4_request";

fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
    let field = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
    };
    fields.iter().map(field).collect()
}

/// The code of the refusal, if the request is refused.
fn check(known: bool, headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    let access = Access { region: "us-east-1".to_owned() };
    let refusal = access.check_signed(known, headers, query).err()?;
    Some(refusal.code().as_str().to_owned())
}

fn header(scope: &str, signed: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={signed}, Signature=00")
}

#[test]
fn a_signature_for_this_region_and_service_is_let_in() {
    let signed = headers(&[("authorization", &header(SCOPE, "host;x-amz-date")), ("x-amz-date", "d")]);
    assert_eq!(check(true, &signed, None), None);
    let scope = SCOPE.replace('/', "%2F");
    let query = format!("X-Amz-Credential={scope}&X-Amz-SignedHeaders=host&X-Amz-Signature=00");
    assert_eq!(check(true, &headers(&[]), Some(&query)), None);
    assert_eq!(check(true, &headers(&[]), Some("AWSAccessKeyId=AKIA&Expires=1&Signature=00")), None);
}

#[test]
fn everything_else_is_refused() {
    let refused = |scope: &str, signed: &str| {
        check(true, &headers(&[("authorization", &header(scope, signed)), ("x-amz-date", "d")]), None)
    };
    let malformed = Some("AuthorizationHeaderMalformed".to_owned());
    assert_eq!(refused("AKIA/20260101/eu-west-1/s3/aws4_request", "host;x-amz-date"), malformed);
    assert_eq!(refused("AKIA/20260101/us-east-1/sts/aws4_request", "host;x-amz-date"), malformed);
    assert_eq!(refused("AKIA", "host;x-amz-date"), malformed);
    let denied = Some("AccessDenied".to_owned());
    assert_eq!(refused(SCOPE, "x-amz-date"), denied, "host is not signed");
    assert_eq!(refused(SCOPE, "host"), denied, "x-amz-date is not signed");
    assert_eq!(check(false, &headers(&[]), None), denied, "anonymous");
    let version_2 = headers(&[("authorization", "AWS AKIA:00")]);
    assert_eq!(check(true, &version_2, None), Some("InvalidRequest".to_owned()));
    let twice = headers(&[("authorization", &header(SCOPE, "host"))]);
    for query in ["Signature=00", "X-Amz-Signature=00", "Sign%61ture=00"] {
        assert_eq!(check(true, &twice, Some(query)), Some("InvalidRequest".to_owned()), "{query}");
    }
}
