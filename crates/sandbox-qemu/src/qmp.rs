//! QEMU's monitor protocol, as much of it as is needed.
//!
//! Commands are answered in order, so some are sent ahead, before QEMU even runs ([`begin`]).

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// What QEMU calls the file for a machine's state.
const STATE: &str = "state";

/// A monitor in use.
pub(crate) struct Qmp {
    /// Commands that were sent and whose answers nobody has taken.
    unanswered: usize,
    write: OwnedWriteHalf,
    lines: mpsc::Receiver<Line>,
    _reader: AbortOnDropHandle<()>,
}

/// What QEMU says, sorted.
#[derive(Debug)]
enum Line {
    Answer(Result<Value, String>),
    /// `MIGRATION` with this status.
    Migration(String),
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum QmpError {
    /// QEMU refused it.
    #[error("QEMU refused {command}: {reason}")]
    Refused { command: &'static str, reason: String },
    /// The monitor is gone.
    #[error("QEMU's monitor is gone during {0}")]
    Gone(&'static str),
    /// No answer in time.
    #[error("QEMU did not answer {command} within {} s", limit.as_secs())]
    Silent { command: &'static str, limit: Duration },
    /// The socket failed.
    #[error("writing to QEMU's monitor")]
    Io(#[from] io::Error),
}

/// One command.
pub(crate) struct Command {
    name: &'static str,
    text: String,
}

impl Command {
    fn new(name: &'static str, arguments: &Value) -> Self {
        let mut text = json!({ "execute": name, "arguments": arguments }).to_string();
        text.push('\n');
        Self { name, text }
    }

    /// Ends the negotiation: QEMU takes commands from here on.
    fn negotiate() -> Self {
        Self::new("qmp_capabilities", &json!({}))
    }

    /// Leaves shared memory, which is a file already, out of the stream, and announces progress.
    pub(crate) fn ignore_shared_memory() -> Self {
        let on = |name: &str| json!({ "capability": name, "state": true });
        Self::new(
            "migrate-set-capabilities",
            &json!({ "capabilities": [on("x-ignore-shared"), on("events")] }),
        )
    }

    /// Lets the stream be written as fast as the disk takes it.
    pub(crate) fn unlimited_bandwidth() -> Self {
        Self::new("migrate-set-parameters", &json!({ "max-bandwidth": i64::MAX }))
    }

    /// Holds the machine.
    pub(crate) fn hold() -> Self {
        Self::new("stop", &json!({}))
    }

    /// Lets a machine that is held go on.
    pub(crate) fn go_on() -> Self {
        Self::new("cont", &json!({}))
    }

    /// Asks whether the machine runs.
    pub(crate) fn status() -> Self {
        Self::new("query-status", &json!({}))
    }

    /// Drops the descriptor that came with [`Qmp::pass_state`], unused.
    pub(crate) fn drop_state() -> Self {
        Self::new("closefd", &json!({ "fdname": STATE }))
    }

    /// Names the descriptor that came with the first command.
    fn take_state() -> Self {
        Self::new("getfd", &json!({ "fdname": STATE }))
    }

    /// Writes the machine's state to the file that came with [`begin`].
    pub(crate) fn save() -> Self {
        Self::new("migrate", &json!({ "uri": format!("fd:{STATE}") }))
    }

    /// Reads the machine's state from the file that came with [`begin`], and goes on from there.
    pub(crate) fn restore() -> Self {
        Self::new("migrate-incoming", &json!({ "uri": format!("fd:{STATE}") }))
    }
}

/// Begins the talk before QEMU runs: the file for the machine's state goes along with the commands. `socket` is
/// fresh, so everything fits.
pub(crate) fn begin(
    socket: &std::os::unix::net::UnixStream,
    state: Option<&OwnedFd>,
    commands: impl IntoIterator<Item = Command>,
) -> io::Result<()> {
    let first = [Command::negotiate()].into_iter().chain(state.map(|_| Command::take_state()));
    let text: String = first.chain(commands).map(|command| command.text).collect();
    send(socket, &text, state.map(AsFd::as_fd))
}

/// Writes all of a text at once, with a descriptor.
fn send(socket: impl AsFd, text: &str, descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if descriptor.is_some() {
        control.push(SendAncillaryMessage::ScmRights(descriptor.as_slice()));
    }
    let sent = sendmsg(socket, &[IoSlice::new(text.as_bytes())], &mut control, SendFlags::NOSIGNAL)?;
    if sent == text.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

impl Qmp {
    /// Takes a monitor into use that was sent this many commands ahead.
    pub(crate) fn new(socket: UnixStream, unanswered: usize) -> Self {
        let (read, write) = socket.into_split();
        let (found, lines) = mpsc::channel(64);
        let reader = AbortOnDropHandle::new(tokio::spawn(sort(BufReader::new(read), found)));
        Self { unanswered, write, lines, _reader: reader }
    }

    /// The answer to a command that was sent ahead.
    pub(crate) async fn answer(&mut self, command: &'static str, limit: Duration) -> Result<Value, QmpError> {
        let answer = async {
            loop {
                match self.lines.recv().await {
                    Some(Line::Answer(answer)) => break Some(answer),
                    Some(Line::Migration(_)) => {}
                    None => break None,
                }
            }
        };
        let answer = tokio::time::timeout(limit, answer).await;
        let answer = answer.map_err(|_| QmpError::Silent { command, limit })?;
        self.unanswered = self.unanswered.saturating_sub(1);
        answer.ok_or(QmpError::Gone(command))?.map_err(|reason| QmpError::Refused { command, reason })
    }

    /// Takes the answers to what was sent ahead.
    pub(crate) async fn settle(&mut self, limit: Duration) -> Result<(), QmpError> {
        while self.unanswered > 0 {
            self.answer("what was sent ahead", limit).await?;
        }
        Ok(())
    }

    /// Gives QEMU a descriptor, for the next command that means the machine's state.
    pub(crate) async fn pass_state(&mut self, state: OwnedFd, limit: Duration) -> Result<(), QmpError> {
        let Command { name, text } = Command::take_state();
        let socket: &UnixStream = self.write.as_ref();
        loop {
            socket.writable().await?;
            let send = || send(socket, &text, Some(state.as_fd()));
            match socket.try_io(tokio::io::Interest::WRITABLE, send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => break outcome?,
            }
        }
        self.unanswered += 1;
        self.answer(name, limit).await.map(drop)
    }

    /// Sends a command and waits for its answer.
    pub(crate) async fn execute(&mut self, command: Command, limit: Duration) -> Result<Value, QmpError> {
        self.unanswered += 1;
        self.write.write_all(command.text.as_bytes()).await?;
        self.answer(command.name, limit).await
    }

    /// Waits until a migration that was begun has come to its end.
    pub(crate) async fn migrated(&mut self, limit: Duration) -> Result<(), QmpError> {
        let command = "migrate";
        let status = async {
            loop {
                match self.lines.recv().await {
                    Some(Line::Migration(status)) if status == "completed" => break Ok(()),
                    Some(Line::Migration(status)) if status == "failed" || status == "cancelled" => {
                        break Err(QmpError::Refused { command, reason: status });
                    }
                    Some(_) => {}
                    None => break Err(QmpError::Gone(command)),
                }
            }
        };
        tokio::time::timeout(limit, status).await.map_err(|_| QmpError::Silent { command, limit })?
    }
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "return")]
    success: Option<Value>,
    error: Option<RawError>,
    event: Option<String>,
    data: Option<RawData>,
}

#[derive(Deserialize)]
struct RawError {
    desc: String,
}

#[derive(Deserialize)]
struct RawData {
    status: Option<String>,
}

/// Reads until the end; what nobody waits for is dropped rather than kept.
async fn sort(mut read: BufReader<OwnedReadHalf>, found: mpsc::Sender<Line>) {
    let mut text = String::new();
    while let Ok(count) = read.read_line(&mut text).await {
        if count == 0 {
            return;
        }
        tracing::trace!(line = text.trim_end(), "QEMU");
        if let Some(line) = parse(&text)
            && let Err(mpsc::error::TrySendError::Closed(_)) = found.try_send(line)
        {
            return;
        }
        text.clear();
    }
}

fn parse(text: &str) -> Option<Line> {
    let raw: Raw = serde_json::from_str(text).ok()?;
    if let Some(value) = raw.success {
        return Some(Line::Answer(Ok(value)));
    }
    if let Some(error) = raw.error {
        return Some(Line::Answer(Err(error.desc)));
    }
    let migration = raw.event.as_deref() == Some("MIGRATION");
    raw.data.and_then(|data| data.status).filter(|_| migration).map(Line::Migration)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn answers_come_in_order_and_events_do_not_disturb_them() {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        begin(&ours, None, [Command::ignore_shared_memory()]).unwrap();
        ours.set_nonblocking(true).unwrap();
        theirs.set_nonblocking(true).unwrap();
        let mut qmp = Qmp::new(UnixStream::from_std(ours).unwrap(), 2);
        let (read, mut write) = UnixStream::from_std(theirs).unwrap().into_split();
        let mut read = BufReader::new(read).lines();
        for name in ["qmp_capabilities", "migrate-set-capabilities"] {
            assert!(read.next_line().await.unwrap().unwrap().contains(name));
        }
        let said = concat!(
            "{\"QMP\": {}}\n{\"return\": {}}\n{\"event\": \"STOP\"}\n",
            "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n",
            "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"setup\"}}\n",
            "{\"event\": \"MIGRATION\", \"data\": {\"status\": \"completed\"}}\n",
        );
        write.write_all(said.as_bytes()).await.unwrap();
        assert!(qmp.answer("first", LIMIT).await.is_ok());
        let refused = qmp.settle(LIMIT).await.unwrap_err();
        assert_eq!(refused.to_string(), "QEMU refused what was sent ahead: no");
        qmp.settle(LIMIT).await.unwrap();
        qmp.migrated(LIMIT).await.unwrap();
        drop((read, write));
        assert!(matches!(
            qmp.execute(Command::save(), LIMIT).await,
            Err(QmpError::Gone(_) | QmpError::Io(_))
        ));
    }
}
