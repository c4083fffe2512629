//! Requests that are not signed as they must be.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::server::Server;

/// Sends one request as it stands and returns the answer.
async fn raw(server: &Server, request: String) -> String {
    let address = server.address;
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

#[tokio::test]
async fn nothing_is_served_without_a_signature() {
    let server = Server::start().await;
    for (method, target) in
        [("GET", "/"), ("PUT", "/bucket"), ("PUT", "/bucket/key"), ("DELETE", "/bucket/key")]
    {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            server.address
        );
        let answer = raw(&server, request).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{method} {target}: {answer}");
        assert!(answer.contains("<Code>AccessDenied</Code>"), "{answer}");
    }
}

#[tokio::test]
async fn browser_forms_are_refused_unread() {
    let server = Server::start().await;
    let request = format!(
        "POST /bucket HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary=b\r\n\
         Content-Length: 1000000000\r\nConnection: close\r\n\r\n",
        server.address
    );
    let answer = raw(&server, request).await;
    assert!(answer.starts_with("HTTP/1.1 501 "), "{answer}");
}
