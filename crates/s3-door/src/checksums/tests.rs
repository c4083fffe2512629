use http::HeaderValue;

use super::*;

/// The checksums of `123456789`, which every catalogue of them gives.
const KNOWN: [(&str, &str); 5] = [
    ("crc32", "cbf43926"),
    ("crc32c", "e3069283"),
    ("crc64nvme", "ae8b14860a799888"),
    ("sha1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
    ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
];

fn base64(hex: &str) -> String {
    STANDARD.encode(hex::decode(hex).unwrap())
}

async fn verdict(body: &'static str, name: &str, value: &str) -> Result<Checksums, String> {
    let mut headers = HeaderMap::new();
    let header: http::HeaderName = format!("x-amz-checksum-{name}").parse().unwrap();
    headers.insert(header, HeaderValue::from_str(value).unwrap());
    let (body, receipt) = watch(ByteStream::once(body), &headers, None);
    body.collect(99).await.unwrap();
    receipt.verify().map_err(|error| error.code().as_str().to_owned())
}

#[tokio::test]
async fn each_algorithm_accepts_its_own_value_and_no_other() {
    for (name, hex) in KNOWN {
        let expected = Checksums::from([(name.to_owned(), base64(hex))]);
        assert_eq!(verdict("123456789", name, &base64(hex)).await, Ok(expected));
        assert_eq!(verdict("12345678", name, &base64(hex)).await, Err("BadDigest".to_owned()));
        assert_eq!(verdict("123456789", name, "?").await, Err("BadDigest".to_owned()));
    }
}

#[tokio::test]
async fn an_announced_trailer_must_come() {
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-trailer", HeaderValue::from_static("x-amz-checksum-crc32"));
    let (body, receipt) = watch(ByteStream::once("body"), &headers, None);
    body.collect(99).await.unwrap();
    assert_eq!(receipt.verify().unwrap_err().code().as_str(), "InvalidRequest");
}

#[test]
fn an_md5_is_compared_as_bytes() {
    let found = "d41d8cd98f00b204e9800998ecf8427e";
    assert!(verify_md5(Some(&base64(found)), found).is_ok());
    assert!(verify_md5(None, found).is_ok());
    let code = |announced: &str| verify_md5(Some(announced), found).unwrap_err().code().as_str().to_owned();
    assert_eq!(code("AAAAAAAAAAAAAAAAAAAAAA=="), "BadDigest");
    assert_eq!(code("AAAA"), "InvalidDigest");
    assert_eq!(code("?"), "InvalidDigest");
}
