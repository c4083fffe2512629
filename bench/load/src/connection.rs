//! A connection that reads just enough of an answer to know where it ends.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HEAD_END: &[u8] = b"\r\n\r\n";
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

/// One connection, opened anew where the server closes it after each answer.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    answer: Vec<u8>,
    /// Whether the last answer said that it was the connection's last.
    over: bool,
}

/// What an answer says that is all there.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    closes: bool,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = connect(address).await?;
        Ok(Self { address, stream, answer: Vec::with_capacity(16 * 1024), over: false })
    }

    /// Sends the request and reads the whole answer; its status.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        if self.over {
            self.stream = connect(self.address).await?;
        }
        self.stream.write_all(request).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                bail!("it ended in the middle of an answer");
            }
            if let Some(Answer { status, closes }) = complete(&self.answer)? {
                self.over = closes;
                return Ok(status);
            }
        }
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What the answer says, if it is all there.
fn complete(answer: &[u8]) -> Result<Option<Answer>> {
    let Some(end) = answer.windows(HEAD_END.len()).position(|window| window == HEAD_END) else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..end]).context("a head that is no text")?;
    let body = &answer[end + HEAD_END.len()..];
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let whole = match field("content-length") {
        Some(length) => body.len() >= length.parse()?,
        None => body.starts_with(&LAST_CHUNK[2..]) || body.ends_with(LAST_CHUNK),
    };
    let status = head.split(' ').nth(1).context("a head without a status")?.parse()?;
    let closes = field("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    Ok(whole.then_some(Answer { status, closes }))
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn an_answer_says_whether_another_may_follow() {
        let closes = |field: &str| {
            let answer = format!("HTTP/1.1 200 OK\r\n{field}content-length: 0\r\n\r\n");
            complete(answer.as_bytes()).unwrap().unwrap().closes
        };
        assert!(closes("Connection: Close\r\n"));
        assert!(!closes("Connection: keep-alive\r\n") && !closes(""));
    }

    #[test]
    fn an_answer_ends_where_it_says() {
        let status = |answer: &str| complete(answer.as_bytes()).unwrap().map(|answer| answer.status);
        assert_eq!(status("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"), None);
        assert_eq!(status("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"), None);
        assert_eq!(status("HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}"), Some(404));
        assert_eq!(status("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"), None);
        assert_eq!(
            status("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
            Some(200)
        );
    }
}
