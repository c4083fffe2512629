//! What runs inside a simulated sandbox.

use std::sync::Arc;

use bytes::Bytes;
use sandbox::{Ending, Exchange, Identity, LogSource, Reply, TemplateSpec};
use stdx::{BoxFuture, ByteStream, Clock};
use tokio::io::DuplexStream;

use crate::cell::Cell;

/// A program on the simulated disk.
pub trait SimProgram: Send + Sync + 'static {
    /// Begins to run. One that fails at its start prints and calls [`SimMachine::exit`].
    fn start(&self, spec: &TemplateSpec, machine: &SimMachine) -> Arc<dyn SimProcess>;
}

/// A running program.
pub trait SimProcess: Send + Sync + 'static {
    /// Answers one request, readiness probes included. The future and the reply's body are dropped when the client
    /// has gone or the machine has ended.
    fn exchange(&self, exchange: Exchange, machine: SimMachine)
    -> BoxFuture<'static, Result<Reply, NoReply>>;

    /// A copy with the same state that shares nothing with this one: what freezing and restoring do.
    fn fork(&self) -> Arc<dyn SimProcess>;
}

/// Why a program gave no answer, such as `connection refused`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoReply(pub String);

/// The machine as its program sees it.
#[derive(Clone)]
pub struct SimMachine(pub(crate) Arc<Cell>);

impl SimMachine {
    /// Writes one line to standard output.
    pub fn print(&self, line: impl Into<String>) {
        self.0.print(LogSource::Stdout, line.into());
    }

    /// Writes one line to standard error.
    pub fn print_error(&self, line: impl Into<String>) {
        self.0.print(LogSource::Stderr, line.into());
    }

    /// Ends the program with an exit code, and with it the machine.
    pub fn exit(&self, code: i32) {
        self.0.end(Ending::ProgramEnded { code: Some(code), signal: None });
    }

    /// Who this machine is.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The id of the boot that this machine goes back to. A clone of a snapshot counts as booted anew.
    pub fn boot_id(&self) -> String {
        format!("{:032x}", self.0.boot)
    }

    /// Opens a connection to the platform; `None` where nobody answers.
    pub fn call_platform(&self) -> Option<DuplexStream> {
        let attached = self.0.platform.read().expect("no holder of the platform's lock panics").clone();
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let served = attached?.serve(self.0.identity.id.clone(), Box::new(theirs));
        let cell = Arc::clone(&self.0);
        tokio::spawn(async move {
            tokio::select! {
                () = served => {}
                _ = cell.ended() => {}
            }
        });
        Some(ours)
    }

    /// Writes a file to the storage that the machine has brought along. Says whether it has one.
    pub fn store(&self, name: &str, content: Bytes) -> bool {
        let Some(files) = &self.0.storage else { return false };
        files.lock().expect("no holder of a storage's lock panics").insert(name.to_owned(), content);
        true
    }

    /// A file of the storage that the machine has brought along.
    pub fn stored(&self, name: &str) -> Option<Bytes> {
        let files = self.0.storage.as_ref()?.lock().expect("no holder of a storage's lock panics");
        files.get(name).cloned()
    }

    /// Where that storage is mounted.
    pub fn storage_mount(&self) -> Option<&str> {
        self.0.spec.storage.as_ref().map(|storage| storage.mount.as_str())
    }

    /// The machine's time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }
}

/// A reply with a content type.
pub fn reply(status: u16, content_type: &str, body: impl Into<ByteStream>) -> Reply {
    let headers = vec![("content-type".to_owned(), content_type.as_bytes().to_vec())];
    Reply { status, headers, body: body.into() }
}
