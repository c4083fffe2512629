//! One QEMU process with its monitor and its stream to the guest.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

use guest_protocol::hello::Hello;
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::task::JoinSet;

use crate::command_line::{Accelerator, Begin, Disks, MachineSetup, Memory, command_line};
use crate::console::Console;
use crate::guest::{Greeted, connect};
use crate::owner::Process;
use crate::process::{Credentials, Launch, Starter};
use crate::qmp::{self, Command, Qmp};

/// What a machine is made from.
pub(crate) struct Plan<'a> {
    pub(crate) program: &'a Path,
    pub(crate) home: &'a Path,
    pub(crate) accelerator: Accelerator,
    pub(crate) vcpus: u8,
    pub(crate) memory: Memory,
    pub(crate) disks: Option<Disks>,
    pub(crate) start: Start,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) largest_file: u64,
    /// A file that the machine's state will be written to.
    pub(crate) save_to: Option<Arc<OwnedFd>>,
}

/// Where its life begins.
pub(crate) enum Start {
    Boot { kernel: Arc<OwnedFd>, initramfs: Arc<OwnedFd>, arguments: String },
    Restore { state: Arc<OwnedFd> },
}

/// A machine that has just been started, and greeted.
pub(crate) struct Vmm {
    pub(crate) spawned: Spawned,
    pub(crate) greeted: Greeted,
}

/// The process of a machine and what hangs on it, but for the stream to the guest.
pub(crate) struct Spawned {
    pub(crate) child: Child,
    pub(crate) monitor: Qmp,
    pub(crate) console: Console,
    /// Read the console until the process has ended.
    pub(crate) readers: JoinSet<()>,
}

impl Spawned {
    /// What names the process for good, while it lives.
    pub(crate) fn process(&self) -> Option<Process> {
        Process::of(self.child.id()?).ok()
    }

    /// Ends the process and hears its last words.
    pub(crate) async fn end(&mut self) {
        // It may have ended already.
        let _ = self.child.kill().await;
        while self.readers.join_next().await.is_some() {}
    }
}

/// Starts a machine. Hello, the beginning of HTTP/2 and the monitor's commands are already written when it begins
/// to run: nothing waits for anything.
pub(crate) async fn start(starter: &Starter, plan: Plan<'_>, hello: &Hello) -> io::Result<Vmm> {
    let (stream, stream_end) = pair()?;
    let greeted = connect(nonblocking(stream)?, hello).await?;
    let spawned = spawn(starter, plan, stream_end).await?;
    Ok(Vmm { spawned, greeted })
}

async fn spawn(starter: &Starter, plan: Plan<'_>, stream: Arc<OwnedFd>) -> io::Result<Spawned> {
    let (monitor, monitor_end) = pair()?;
    let (begin, state, commands) = match plan.start {
        Start::Boot { kernel, initramfs, arguments } => {
            (Begin::Kernel { kernel, initramfs, arguments }, plan.save_to, Vec::new())
        }
        Start::Restore { state } => {
            (Begin::Incoming, Some(state), vec![Command::ignore_shared_memory(), Command::restore()])
        }
    };
    let sent_ahead = 1 + usize::from(state.is_some()) + commands.len();
    qmp::begin(&monitor, state.as_deref(), commands)?;
    let setup = MachineSetup {
        home: plan.home,
        accelerator: plan.accelerator,
        vcpus: plan.vcpus,
        memory: plan.memory,
        disks: plan.disks,
        begin,
        monitor: monitor_end,
        stream,
    };
    let (arguments, descriptors) = command_line(&setup);
    drop(setup);
    let monitor = Qmp::new(nonblocking(monitor)?, sent_ahead);
    let launch = Launch {
        program: plan.program.to_owned(),
        arguments,
        descriptors,
        credentials: plan.credentials,
        largest_file: plan.largest_file,
    };
    let mut child = starter.start(launch).await?;
    let (console, mut readers) = (Console::default(), JoinSet::new());
    if let Some(output) = child.stdout.take() {
        readers.spawn(console.clone().follow(output));
    }
    if let Some(output) = child.stderr.take() {
        readers.spawn(console.clone().follow(output));
    }
    Ok(Spawned { child, monitor, console, readers })
}

/// A connected pair: our end, and the end to pass on.
fn pair() -> io::Result<(std::os::unix::net::UnixStream, Arc<OwnedFd>)> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    Ok((ours, Arc::new(theirs.into())))
}

fn nonblocking(socket: std::os::unix::net::UnixStream) -> io::Result<UnixStream> {
    socket.set_nonblocking(true)?;
    UnixStream::from_std(socket)
}
