use std::sync::Arc;

use serde_json::json;
use stdx::{SeededRng, SystemClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const ARN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/records";

fn deliveries(destination: Destination) -> Deliveries {
    let (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>) = (Arc::new(SystemClock), Arc::new(SeededRng::new(1)));
    let places = BTreeMap::from([(ARN.to_owned(), destination)]);
    Deliveries::new(places.iter(), &clock, &rng).unwrap_or_else(|error| panic!("{error}"))
}

fn notice(number: u32) -> Notice {
    Notice { id: format!("notice-{number}"), body: json!({ "number": number }) }
}

#[tokio::test]
async fn a_file_gets_a_line_for_each_and_repairs_a_torn_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("records.jsonl");
    let deliveries = deliveries(Destination::File(path.clone()));
    assert!(deliveries.knows(ARN) && !deliveries.knows("arn:other"));
    deliveries.deliver(ARN, &notice(1)).await.unwrap();
    std::fs::write(&path, "{\"number\":1}\n{\"num").unwrap();
    deliveries.deliver(ARN, &notice(2)).await.unwrap();
    deliveries.deliver(ARN, &notice(3)).await.unwrap();
    let lines = std::fs::read_to_string(&path).unwrap();
    assert_eq!(lines, "{\"number\":1}\n{\"num\n{\"number\":2}\n{\"number\":3}\n");
    let nowhere = deliveries_to_nowhere(directory.path());
    let Undeliverable { reason, misconfigured } = nowhere.deliver(ARN, &notice(1)).await.unwrap_err();
    assert!(reason.contains("cannot be written") && !misconfigured, "{reason}");
    assert_eq!(deliveries.deliver("arn:other", &notice(1)).await, Err(Undeliverable::unknown("arn:other")));
}

fn deliveries_to_nowhere(directory: &std::path::Path) -> Deliveries {
    deliveries(Destination::File(directory.join("missing").join("records.jsonl")))
}

/// Answers one request with a status, and tells what it was.
async fn answer(listener: &TcpListener, status: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"}") {
        let mut chunk = [0; 1024];
        let read = stream.read(&mut chunk).await.unwrap();
        assert!(read > 0, "the request breaks off");
        request.extend_from_slice(&chunk[..read]);
    }
    let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(request).unwrap()
}

#[tokio::test]
async fn a_webhook_gets_json_with_an_id_and_only_a_success_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?key=1", listener.local_addr().unwrap());
    let deliveries = deliveries(Destination::Webhook(url));
    for (status, whose_fault) in [
        ("500 Oops", Some("the receiver's")),
        ("429 Too Many Requests", Some("the receiver's")),
        ("204 No Content", None),
        ("403 Forbidden", Some("the configuration's")),
        ("404 Not Found", Some("the configuration's")),
        ("302 Found", Some("the receiver's")),
    ] {
        let notice = notice(7);
        let (request, delivered) = tokio::join!(answer(&listener, status), deliveries.deliver(ARN, &notice));
        let fault = |undeliverable: &Undeliverable| match undeliverable.misconfigured {
            true => "the configuration's",
            false => "the receiver's",
        };
        assert_eq!(delivered.as_ref().err().map(fault), whose_fault, "{status}: {delivered:?}");
        assert!(request.starts_with("POST /hook?key=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("x-freehold-notice-id: notice-7\r\n"), "{request}");
        assert!(request.contains("content-type: application/json\r\n"), "{request}");
        assert!(request.ends_with("\r\n\r\n{\"number\":7}"), "{request}");
    }
}
