//! A provider that does what a test says, byte by byte.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What is done for one request, step by step. A connection that is not closed serves the next request.
pub(crate) type Reply = Vec<Step>;

/// A step of a reply.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Sends these bytes, each in a packet of its own.
    Dribble(Vec<u8>),
    /// Sends these bytes again and again, for as long as the client takes them.
    Forever(Vec<u8>),
    /// Does nothing until the client goes away.
    Hang,
    /// Closes the connection.
    Close,
}

/// A server on this machine. Its tasks end with it.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

struct Shared {
    replies: Vec<Reply>,
    encryption: Option<TlsAcceptor>,
    requests: Mutex<Vec<String>>,
    connections: watch::Sender<Connections>,
}

/// How many connections there are and were.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Connections {
    /// Ever accepted.
    pub(crate) accepted: usize,
    /// Left by the client, or closed by a reply.
    pub(crate) closed: usize,
}

impl Server {
    /// A server that answers the first request with the first reply and so on; the last reply is for all further ones.
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        Self::start_with(replies, None).await
    }

    /// The same, encrypted where it is said how.
    pub(crate) async fn start_with(replies: Vec<Reply>, encryption: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = watch::Sender::new(Connections::default());
        let shared = Arc::new(Shared { replies, encryption, requests: Mutex::default(), connections });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, _tasks: tasks }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its URL where it is encrypted.
    pub(crate) fn https_url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// The requests so far: head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The connections so far.
    pub(crate) fn connections(&self) -> Connections {
        *self.shared.connections.borrow()
    }

    /// Waits until every connection that was accepted is closed.
    pub(crate) async fn is_left(&self) {
        let mut connections = self.shared.connections.subscribe();
        connections.wait_for(|count| count.accepted > 0 && count.closed == count.accepted).await.unwrap();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut tasks = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        shared.connections.send_modify(|count| count.accepted += 1);
        let shared = Arc::clone(&shared);
        tasks.spawn(async move {
            // However it ends, it has ended.
            let _ = serve(stream, &shared).await;
            shared.connections.send_modify(|count| count.closed += 1);
        });
    }
}

async fn serve(stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    match &shared.encryption {
        Some(encryption) => reply(encryption.accept(stream).await?, shared).await,
        None => reply(stream, shared).await,
    }
}

async fn reply(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) -> std::io::Result<()> {
    while let Some(request) = read_request(&mut stream).await? {
        let reply = {
            let mut requests = shared.requests.lock().unwrap();
            requests.push(request);
            shared.replies[(requests.len() - 1).min(shared.replies.len() - 1)].clone()
        };
        for step in reply {
            match step {
                Step::Send(bytes) => stream.write_all(&bytes).await?,
                Step::Dribble(bytes) => {
                    for byte in bytes {
                        stream.write_all(&[byte]).await?;
                        tokio::task::yield_now().await;
                    }
                }
                Step::Forever(bytes) => loop {
                    stream.write_all(&bytes).await?;
                },
                Step::Hang => while stream.read(&mut [0; 64]).await? > 0 {},
                Step::Close => return Ok(()),
            }
        }
    }
    Ok(())
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Ok(Some(text.into_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

/// A whole answer.
pub(crate) fn whole(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    vec![Step::Send([head.as_bytes(), body].concat())]
}

/// The head of an answer that is sent in chunks.
pub(crate) fn head(content_type: &str) -> Step {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n");
    Step::Send(head.into_bytes())
}

/// A chunk of such an answer.
pub(crate) fn chunk(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// An answer in one chunk.
pub(crate) fn streamed(content_type: &str, body: &[u8]) -> Reply {
    vec![head(content_type), Step::Send([chunk(body), b"0\r\n\r\n".to_vec()].concat())]
}
