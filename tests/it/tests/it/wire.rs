//! Malformed and oversized requests over a real connection.

use http::Method;
use serde_json::{Value, json};
use stdx::ByteStream;
use test_kit::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, filler};
use crate::deploy::wish;

async fn server() -> (TestServer, Client) {
    let server = TestServer::start().await.unwrap();
    let client = Client::of(&server);
    (server, client)
}

#[tokio::test]
async fn a_document_that_is_none_is_refused() {
    let (server, client) = server().await;
    let deep = "[".repeat(100_000);
    for text in ["{", "nul", "[]", "3", "\"text\"", "{\"agentRuntimeName\":}", "\u{0}", &deep] {
        let answer = client.call(Method::PUT, "/runtimes/").body(text.to_owned()).send().await;
        let error = answer.error(400, "ValidationException");
        assert_eq!(error["reason"], "CannotParse", "{text:.20}: {error}");
    }
    let latin = client.call(Method::PUT, "/runtimes/").body(&b"{\"agentRuntimeName\":\"caf\xe9\"}"[..]);
    assert_eq!(latin.send().await.error(400, "ValidationException")["reason"], "CannotParse");
    server.shut_down().await;
}

#[tokio::test]
async fn every_member_at_fault_is_named() {
    let (server, client) = server().await;
    let mut wish = wish("0-not-a-name", "agent");
    wish["networkConfiguration"]["networkMode"] = json!("SOMEWHERE");
    wish["agentRuntimeArtifact"]["codeConfiguration"]["entryPoint"] = json!([]);
    wish["environmentVariables"] = json!({ "": "nameless" });
    wish.as_object_mut().unwrap().remove("roleArn");
    let error = client.json(Method::PUT, "/runtimes/", &wish).send().await.error(400, "ValidationException");
    assert_eq!(error["reason"], "FieldValidationFailed");
    let named = |wanted: &str| {
        let mut fields = error["fieldList"].as_array().unwrap().iter();
        fields.any(|field| field["name"].as_str().unwrap().starts_with(wanted))
    };
    for member in [
        "agentRuntimeName",
        "agentRuntimeArtifact.codeConfiguration.entryPoint",
        "networkConfiguration.networkMode",
        "environmentVariables",
        "roleArn",
    ] {
        assert!(named(member), "{member}: {error}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn unknown_members_are_ignored() {
    let (server, client) = server().await;
    let listed =
        client.json(Method::POST, "/runtimes/", &json!({ "fromTheFuture": { "deep": [1, 2] } })).send();
    assert_eq!(listed.await.json()["agentRuntimes"], json!([]));
    server.shut_down().await;
}

#[tokio::test]
async fn a_page_size_out_of_range_is_refused() {
    let (server, client) = server().await;
    for (query, body) in
        [("?maxResults=0", Value::Null), ("?maxResults=101", Value::Null), ("?maxResults=ten", Value::Null)]
    {
        let call = client.call(Method::POST, &format!("/runtimes/{query}"));
        let answer = if body.is_null() { call } else { call.body(body.to_string()) }.send().await;
        let error = answer.error(400, "ValidationException");
        assert_eq!(error["fieldList"][0]["name"], "maxResults", "{error}");
    }
    server.shut_down().await;
}

#[tokio::test]
async fn a_document_that_is_too_long_is_refused() {
    let (server, client) = server().await;
    // Announced: refused before it is sent. Unannounced: refused while it comes.
    let never = ByteStream::new(futures_util::stream::pending());
    let announced =
        client.call(Method::PUT, "/runtimes/").header("content-length", "17000000").streamed(never);
    let error = announced.send().await.error(400, "ValidationException");
    assert!(error["message"].as_str().unwrap().contains("16777216"), "{error}");
    let unannounced = client.call(Method::PUT, "/runtimes/").streamed(filler(17_000_000));
    unannounced.send().await.error(400, "ValidationException");
    server.shut_down().await;
}

/// What is no HTTP ends the connection, with or without a word, and nothing else.
#[tokio::test]
async fn bytes_that_are_no_http_do_no_harm() {
    let (server, client) = server().await;
    let long_head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "a".repeat(300_000));
    let smuggled = "POST /runtimes/ HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    for bytes in [
        "\r\n\r\n\r\n",
        "GET /\r\n\r\n",
        "\u{0}\u{1}\u{2}\r\n\r\n",
        &long_head,
        "GET / HTTP/1.1\r\n bad\r\n\r\n",
    ] {
        let answer = raw(&server, bytes).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer:.200}");
    }
    let answer = raw(&server, smuggled).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer:.200}");
    client.json(Method::POST, "/runtimes/", &json!({})).send().await.json();
    server.shut_down().await;
}

async fn raw(server: &TestServer, bytes: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ =
        tokio::time::timeout(crate::client::PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}
