//! Documents from strangers, each read in a process of its own: that one may run out of time, memory or stack.

use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use documents::{Format, Piece, ReadError};
use fault::{Fault, Result};
use memory::outside::{Reader, refused};
use stdx::{BoxFuture, Clock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// How long a document may take. The process has a limit of its own for what it computes.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many are read at once.
const AT_ONCE: usize = 2;
/// The most bytes of an answer.
const LARGEST: u64 = 64 << 20;

/// Starts `freehold read-document` for each document.
pub(crate) struct ReaderProcess {
    program: PathBuf,
    clock: Arc<dyn Clock>,
    turns: Semaphore,
}

impl ReaderProcess {
    pub(crate) fn new(program: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { program, clock, turns: Semaphore::new(AT_ONCE) }
    }

    async fn read_apart(&self, format: Format, content: Bytes) -> Result<Vec<Piece>> {
        let _turn = self.turns.acquire().await.map_err(Fault::internal)?;
        let mut child = Command::new(&self.program)
            .args(["read-document", &format.to_string()])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(Fault::internal)?;
        let talk = talk(&mut child, &content);
        let deadline = self.clock.sleep_until(self.clock.now().plus(PATIENCE));
        let (answer, status) = tokio::select! {
            talked = talk => talked.map_err(Fault::internal)?,
            () = deadline => return Err(refused(ReadError::TooMuchWork)),
        };
        if !status.success() {
            return Err(refused(ReadError::TooMuchWork));
        }
        let answer: std::result::Result<Vec<Piece>, ReadError> =
            serde_json::from_slice(&answer).map_err(Fault::internal)?;
        answer.map_err(refused)
    }
}

impl Reader for ReaderProcess {
    fn read(&self, format: Format, content: Bytes) -> BoxFuture<'_, Result<Vec<Piece>>> {
        Box::pin(self.read_apart(format, content))
    }
}

/// Gives the process a document, and takes its answer.
async fn talk(child: &mut Child, content: &[u8]) -> std::io::Result<(Vec<u8>, ExitStatus)> {
    let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let give = async {
        if let Some(stdin) = &mut stdin {
            // One that ends before it has read everything says so by its status.
            let _ended = stdin.write_all(content).await;
        }
        drop(stdin);
    };
    let take = async {
        let mut answer = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(LARGEST).read_to_end(&mut answer).await?;
        }
        Ok::<_, std::io::Error>(answer)
    };
    let ((), answer) = tokio::join!(give, take);
    Ok((answer?, child.wait().await?))
}
