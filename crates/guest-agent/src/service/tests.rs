//! The service over a pipe in memory, in front of a program that is a few lines of HTTP/1.1.

use std::time::Duration;

use futures_util::future::join_all;
use guest_protocol::control::{EXIT, FREEZE, OUTPUT, OutputLine, PLATFORM, READY};
use http::Method;
use http_body::Frame;
use http_body_util::combinators::BoxBody;
use http_body_util::{Empty, Full, StreamBody};
use hyper::client::conn::http2::SendRequest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;

type Upload = BoxBody<Bytes, Infallible>;

/// The service, its client and what the guest would know.
struct Bench {
    host: SendRequest<Upload>,
    guest: Arc<Guest>,
    served: JoinHandle<End>,
    settle: watch::Sender<Option<Readiness>>,
    _exit: watch::Sender<Option<ProgramExit>>,
}

impl Bench {
    async fn before(port: u16) -> Self {
        let (settle, readiness) = watch::channel(None);
        let (sender, exit) = watch::channel(None);
        let (output, traffic) = (Output::new(), Traffic::new());
        let quiet = Arc::default();
        let memory_peak = AtomicU64::new(0);
        let guest = Arc::new(Guest {
            port,
            output,
            readiness,
            exit,
            traffic,
            quiet,
            memory_peak,
            storage: Storage::none(),
            platform: Platform::listen(0).unwrap(),
        });
        let (ours, theirs) = tokio::io::duplex(256 * 1024);
        let served = tokio::spawn(serve(theirs, Arc::clone(&guest)));
        let handshake = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(TokioIo::new(ours));
        let (host, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        Self { host, guest, served, settle, _exit: sender }
    }

    fn send(
        &mut self,
        method: Method,
        authority: &str,
        path: &str,
        body: Upload,
    ) -> impl Future<Output = Response<Incoming>> + use<> {
        let uri = format!("http://{authority}{path}");
        let request = Request::builder().method(method).uri(uri).body(body).unwrap();
        let answer = self.host.send_request(request);
        async move { answer.await.unwrap() }
    }

    async fn get(&mut self, authority: &str, path: &str) -> Response<Incoming> {
        self.send(Method::GET, authority, path, Empty::new().boxed()).await
    }
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

fn failure(response: &Response<Incoming>) -> Option<Failure> {
    let header = response.headers().get(failure::HEADER)?;
    let failure = Failure::from_name(header.to_str().unwrap()).unwrap();
    assert_eq!(response.status().as_u16(), failure.status());
    Some(failure)
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Reads up to the end of a request's head.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

#[tokio::test]
async fn a_request_arrives_as_http_1_and_its_answer_comes_back() {
    let (listener, port) = listen().await;
    let mut bench = Bench::before(port).await;
    let body = Full::new(Bytes::from_static(b"{}")).boxed();
    let answer = bench.send(Method::POST, AGENT, "/invocations?x=%2F", body);
    let program = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        assert!(head.starts_with("POST /invocations?x=%2F HTTP/1.1\r\n"), "{head}");
        assert!(head.contains(&format!("host: localhost:{port}\r\n")), "{head}");
        assert!(head.contains("content-length: 2\r\n"), "{head}");
        let mut body = [0; 2];
        stream.read_exact(&mut body).await.unwrap();
        let answer = "HTTP/1.1 201 Created\r\nx-own: 1\r\nconnection: close, x-hop\r\nx-hop: 1\r\n\r\nanswer";
        stream.write_all(answer.as_bytes()).await.unwrap();
    };
    let (answer, ()) = tokio::join!(answer, program);
    assert_eq!((answer.status().as_u16(), failure(&answer)), (201, None));
    assert!(answer.headers().contains_key("x-own") && !answer.headers().contains_key("x-hop"));
    assert_eq!(text(answer).await, "answer");
}

#[tokio::test]
async fn an_authority_with_a_port_means_that_port() {
    let (_own, port) = listen().await;
    let (other, another) = listen().await;
    let mut bench = Bench::before(port).await;
    let answer = bench.send(Method::POST, &format!("{AGENT}:{another}"), "/warm", Empty::new().boxed());
    let (mut stream, _) = other.accept().await.unwrap();
    let head = head(&mut stream).await;
    assert!(head.contains(&format!("host: localhost:{another}\r\n")), "{head}");
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    assert_eq!(answer.await.status().as_u16(), 204);
}

#[tokio::test]
async fn both_bodies_stream_chunk_by_chunk() {
    let (listener, port) = listen().await;
    let mut bench = Bench::before(port).await;
    let (chunks, source) = mpsc::channel::<Result<Frame<Bytes>, Infallible>>(1);
    let source =
        futures_util::stream::unfold(source, |mut source| async { Some((source.recv().await?, source)) });
    let answer = bench.send(Method::POST, AGENT, "/", BoxBody::new(StreamBody::new(source)));
    let (mut stream, _) = listener.accept().await.unwrap();
    assert!(head(&mut stream).await.contains("transfer-encoding: chunked\r\n"));
    stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    let mut answer = answer.await;
    for round in 0..3 {
        // Each chunk must have passed before the next is made.
        chunks.send(Ok(Frame::data(Bytes::from(format!("up-{round}"))))).await.unwrap();
        let mut chunk = [0; 9];
        stream.read_exact(&mut chunk).await.unwrap();
        assert_eq!(chunk, format!("4\r\nup-{round}\r\n").as_bytes());
        stream.write_all(format!("6\r\ndown-{round}\r\n").as_bytes()).await.unwrap();
        let frame = answer.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), format!("down-{round}"));
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_seen_by_the_program() {
    let (listener, port) = listen().await;
    let mut bench = Bench::before(port).await;
    // Before the answer's head.
    let answer = bench.send(Method::GET, AGENT, "/", Empty::new().boxed());
    let waiting = tokio::spawn(answer);
    let (mut stream, _) = listener.accept().await.unwrap();
    head(&mut stream).await;
    waiting.abort();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    // In the middle of its body.
    let answer = bench.send(Method::GET, AGENT, "/", Empty::new().boxed());
    let (mut stream, _) = listener.accept().await.unwrap();
    head(&mut stream).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nfirst").await.unwrap();
    let mut answer = answer.await;
    answer.frame().await.unwrap().unwrap();
    drop(answer);
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
    bench.guest.traffic.freeze().await;
}

#[tokio::test]
async fn large_bodies_pass_both_ways_at_once() {
    const SIZE: usize = 20 << 20;
    let (listener, port) = listen().await;
    let mut bench = Bench::before(port).await;
    let echo = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                head(&mut stream).await;
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
                let (mut from, mut to) = stream.split();
                tokio::io::copy(&mut from, &mut to).await.unwrap();
            });
        }
    });
    let answers = (0..2_u8).map(|fill| {
        let body = Full::new(Bytes::from(vec![fill; SIZE])).boxed();
        let answer = bench.send(Method::POST, AGENT, "/", body);
        async move {
            let body = answer.await.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body.len(), SIZE);
            assert!(body.iter().all(|byte| *byte == fill));
        }
    });
    join_all(answers.collect::<Vec<_>>()).await;
    echo.await.unwrap();
}

#[tokio::test]
async fn failures_say_what_they_are() {
    let (listener, port) = listen().await;
    let mut bench = Bench::before(port).await;
    let answer = bench.send(Method::GET, AGENT, "/", Empty::new().boxed());
    drop(listener.accept().await.unwrap());
    assert_eq!(failure(&answer.await), Some(Failure::Broken));
    let answer = bench.send(Method::GET, AGENT, "/", Empty::new().boxed());
    let (mut stream, _) = listener.accept().await.unwrap();
    stream.write_all(b"no HTTP at all\r\n\r\n").await.unwrap();
    assert_eq!(failure(&answer.await), Some(Failure::Broken));
    drop(listener);
    assert_eq!(failure(&bench.get(AGENT, "/").await), Some(Failure::Refused));
    assert_eq!(failure(&bench.get("other", "/").await), Some(Failure::Unknown));
    assert_eq!(failure(&bench.get(GUEST, "/other").await), Some(Failure::Unknown));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_whole_answer() {
    let (listener, port) = listen().await;
    let mut bench = Bench::before(port).await;
    let answer = bench.send(Method::GET, AGENT, "/", Empty::new().boxed());
    let (mut stream, _) = listener.accept().await.unwrap();
    head(&mut stream).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await.unwrap();
    let answer = answer.await;
    drop(stream);
    assert!(answer.into_body().collect().await.is_err());
}

#[tokio::test]
async fn a_freeze_lets_requests_finish_and_ends_the_rest() {
    let (listener, port) = listen().await;
    let mut bench = Bench::before(port).await;
    bench.guest.output.push("stdout", b"hello");
    let mut output = bench.get(GUEST, OUTPUT).await;
    let line = output.frame().await.unwrap().unwrap().into_data().unwrap();
    let line: OutputLine = serde_json::from_slice(&line).unwrap();
    assert_eq!((line.source.as_str(), line.text.as_str()), ("stdout", "hello"));
    let exit = tokio::spawn(bench.send(Method::GET, GUEST, EXIT, Empty::new().boxed()));
    let running = tokio::spawn(bench.send(Method::GET, AGENT, "/", Empty::new().boxed()));
    let (mut stream, _) = listener.accept().await.unwrap();
    let frozen = tokio::spawn(bench.send(Method::POST, GUEST, FREEZE, Empty::new().boxed()));
    assert_eq!(failure(&exit.await.unwrap()), Some(Failure::Freezing));
    assert!(text(output).await.is_empty());
    assert_eq!(failure(&bench.get(AGENT, "/").await), Some(Failure::Freezing));
    assert!(!frozen.is_finished());
    head(&mut stream).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nlast").await.unwrap();
    assert_eq!(text(running.await.unwrap()).await, "last");
    assert_eq!(frozen.await.unwrap().status(), StatusCode::OK);
    assert_eq!(bench.served.await.unwrap(), End::Frozen);
}

#[tokio::test]
async fn a_host_that_hangs_up_is_gone() {
    let bench = Bench::before(1).await;
    drop(bench.host);
    assert_eq!(bench.served.await.unwrap(), End::Gone);
}

#[tokio::test]
async fn readiness_is_told_once_it_is_known() {
    let mut bench = Bench::before(1).await;
    let ready = tokio::spawn(bench.send(Method::GET, GUEST, READY, Empty::new().boxed()));
    assert!(tokio::time::timeout(Duration::from_millis(20), bench.get(GUEST, EXIT)).await.is_err());
    assert!(!ready.is_finished());
    bench.settle.send_replace(Some(Readiness::Ready { after_ms: 7 }));
    assert_eq!(text(ready.await.unwrap()).await, r#"{"state":"ready","after_ms":7}"#);
}

#[tokio::test]
async fn what_the_program_says_to_the_platform_is_carried_both_ways() {
    let mut bench = Bench::before(1).await;
    let (tell, told) = mpsc::channel(1);
    let asked = bench.send(Method::POST, GUEST, PLATFORM, upload(told));
    let mut program = TcpStream::connect(bench.guest.platform.address()).await.unwrap();
    program.write_all(b"question").await.unwrap();
    let mut said = asked.await.into_body();
    assert_eq!(&said.frame().await.unwrap().unwrap().into_data().unwrap()[..], b"question");
    tell.send(Bytes::from_static(b"answer")).await.unwrap();
    let mut answer = [0; 6];
    program.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"answer");
    drop(tell);
    assert_eq!(program.read(&mut answer).await.unwrap(), 0);
    drop(program);
    assert_eq!(said.collect().await.unwrap().to_bytes().len(), 0);
}

#[tokio::test]
async fn a_freeze_closes_connections_to_the_platform_and_lets_nobody_wait() {
    let mut bench = Bench::before(1).await;
    let (_tell, told) = mpsc::channel(1);
    let asked = bench.send(Method::POST, GUEST, PLATFORM, upload(told));
    let mut program = TcpStream::connect(bench.guest.platform.address()).await.unwrap();
    let said = asked.await.into_body();
    let waiting = bench.send(Method::POST, GUEST, PLATFORM, Empty::new().boxed());
    let frozen = bench.send(Method::POST, GUEST, FREEZE, Empty::new().boxed()).await;
    assert_eq!(failure(&waiting.await), Some(Failure::Freezing));
    assert_eq!(said.collect().await.unwrap().to_bytes().len(), 0);
    assert_eq!(program.read(&mut [0; 1]).await.unwrap(), 0);
    drop(frozen);
    assert_eq!(bench.served.await.unwrap(), End::Frozen);
}

/// A body of what is sent on a channel.
fn upload(told: mpsc::Receiver<Bytes>) -> Upload {
    let frames = futures_util::stream::unfold(told, async |mut told| {
        Some((Ok(Frame::data(told.recv().await?)), told))
    });
    BodyExt::boxed(StreamBody::new(Box::pin(frames)))
}
