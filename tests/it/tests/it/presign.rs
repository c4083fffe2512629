//! Presigned URLs.

use hmac::{Hmac, Mac};
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use test_kit::TestServer;

use crate::client::{Call, Client};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A presigned GET that was signed at `date` and holds for `expires` seconds.
fn presigned(client: &Client, service: &str, path: &str, date: &str, expires: u32) -> Call {
    let scope = format!("{}/us-east-1/{service}/aws4_request", &date[..8]);
    let credential = format!("{}/{scope}", client.signer.access_key_id);
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}&X-Amz-Date={date}&X-Amz-Expires={expires}&\
         X-Amz-SignedHeaders=host",
        utf8_percent_encode(&credential, UNRESERVED)
    );
    let payload = if service == "s3" { "UNSIGNED-PAYLOAD".to_owned() } else { sha256("") };
    let canonical = format!("GET\n{path}\n{query}\nhost:{}\n\nhost\n{payload}", client.address);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", sha256(&canonical));
    let secret = format!("AWS4{}", client.signer.secret.expose()).into_bytes();
    let key = scope.split('/').fold(secret, |key, part| hmac(&key, part));
    let signature = hex::encode(hmac(&key, &text));
    client.get(&format!("{path}?{query}&X-Amz-Signature={signature}")).unsigned()
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let keyed = Hmac::<Sha256>::new_from_slice(key).unwrap();
    keyed.chain_update(text).finalize().into_bytes().to_vec()
}

/// The date that the server itself would put on a request now, moved by so many seconds.
fn date(client: &Client, seconds: i64) -> String {
    use stdx::{Clock, SystemClock, Timestamp};
    let moment = Timestamp::from_millis(SystemClock.now().as_millis() + seconds * 1000);
    let (mut parts, ()) = http::Request::get("http://host/").body(()).unwrap().into_parts();
    client.signer.sign(&mut parts, authn::SignedBody::Unsigned, moment).unwrap();
    parts.headers["x-amz-date"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_presigned_get_works_until_it_expires() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    assert!(client.s3(Method::PUT, "/bucket").send().await.status.is_success());
    assert!(client.s3(Method::PUT, "/bucket/key").body("content").send().await.status.is_success());

    let now = date(&client, 0);
    let fetched = presigned(&client, "s3", "/bucket/key", &now, 60).send().await;
    assert_eq!((fetched.status.as_u16(), fetched.text()), (200, "content"));
    let expired = presigned(&client, "s3", "/bucket/key", &date(&client, -120), 60).send().await;
    assert_eq!(expired.status.as_u16(), 403, "{}", expired.text());
    let other_key = presigned(&client, "s3", "/bucket/key", &now, 60).tamper(|parts| {
        parts.uri = parts.uri.to_string().replace("/bucket/key?", "/bucket/other?").parse().unwrap();
    });
    assert_eq!(other_key.send().await.status.as_u16(), 403);
    server.shut_down().await;
}

#[tokio::test]
async fn agentcore_takes_a_presigned_get_too() {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    let path = "/runtimes/absent-abcdefghij/";
    presigned(&client, "bedrock-agentcore", path, &date(&client, 0), 60)
        .send()
        .await
        .error(404, "ResourceNotFoundException");
    presigned(&client, "bedrock-agentcore", path, &date(&client, -120), 60)
        .send()
        .await
        .error(403, "InvalidSignatureException");
    server.shut_down().await;
}
