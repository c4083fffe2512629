//! A machine started ahead: restored, then taken once through all that a first exchange takes, and held.
//!
//! ```text
//! restore ─▶ wake as nobody ─▶ readiness probe ─▶ quiet ─▶ held ┄┄▶ goes on ─▶ wake as the sandbox
//! ```
//!
//! The rehearsal is worth more than the restore: under emulation most of a first answer's time goes into translating
//! code, and what was translated stays. The program sees one probe more, nothing of any identity. The name that the
//! machine bears meanwhile, and the randomness, are its own and used by no other.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use guest_protocol::hello::Hello;
use sandbox::Exchange;
use stdx::ByteStream;
use tokio::net::UnixStream;

use crate::claim::Claim;
use crate::command_line::Accelerator;
use crate::guest::{Greeted, connect};
use crate::home::open_read;
use crate::owner::Owner;
use crate::process::{Credentials, Starter};
use crate::qmp::{Command, QmpError};
use crate::template::Frozen;
use crate::vmm::{self, Plan, Spawned, Start, Vmm};

/// For what the monitor answers at once.
const PROMPT: Duration = Duration::from_secs(5);
/// The answer to a probe is read up to here.
const LARGEST_PROBE: usize = 1 << 20;

/// A machine that waits for its use.
pub(crate) struct Spare {
    // In this order: the process goes before its directory.
    spawned: Spawned,
    stream: UnixStream,
    claim: Claim,
    frozen: Arc<Frozen>,
}

/// What a spare is made from.
pub(crate) struct Recipe {
    pub(crate) starter: Starter,
    pub(crate) program: PathBuf,
    pub(crate) accelerator: Accelerator,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) largest_file: u64,
    pub(crate) frozen: Arc<Frozen>,
    pub(crate) directory: PathBuf,
    /// For the rehearsal only.
    pub(crate) hello: Hello,
}

impl Spare {
    /// Starts one. Whoever drops the future ends it.
    pub(crate) async fn make(recipe: Recipe) -> io::Result<Self> {
        let Recipe { starter, program, frozen, hello, .. } = recipe;
        let spec = &frozen.manifest.spec;
        let claim = Claim::new(recipe.directory)?;
        let mut owner = Owner { server: std::process::id(), vmm: None };
        owner.write(claim.directory())?;
        let plan = Plan {
            program: &program,
            home: claim.directory(),
            accelerator: recipe.accelerator,
            vcpus: spec.limits.vcpus,
            memory: frozen.memory(),
            disks: Some(frozen.disks(claim.directory())?),
            start: Start::Restore { state: open_read(&frozen.state)? },
            credentials: recipe.credentials,
            largest_file: recipe.largest_file,
            save_to: None,
        };
        let Vmm { mut spawned, greeted } = vmm::start(&starter, plan, &hello).await?;
        owner.vmm = spawned.process();
        owner.write(claim.directory())?;
        let stream = rehearse(greeted, &spec.ready.path).await?;
        hold(&mut spawned).await.map_err(io::Error::other)?;
        Ok(Self { spawned, stream, claim, frozen })
    }

    /// Whether it was made from this template, not from one that had its name before.
    pub(crate) fn is_of(&self, frozen: &Arc<Frozen>) -> bool {
        Arc::ptr_eq(&self.frozen, frozen)
    }

    /// Becomes a sandbox with this directory. A failure means that the machine has died while it waited.
    pub(crate) async fn assume(mut self, directory: PathBuf, hello: &Hello) -> io::Result<(Vmm, Claim)> {
        let going = self.spawned.monitor.execute(Command::go_on(), PROMPT).await;
        going.map_err(io::Error::other)?;
        self.claim.rename(directory)?;
        let greeted = connect(self.stream, hello).await?;
        Ok((Vmm { spawned: self.spawned, greeted }, self.claim))
    }

    /// Ends it, unused.
    pub(crate) async fn end(mut self) {
        self.spawned.end().await;
    }
}

/// One exchange as somebody who never existed.
async fn rehearse(greeted: Greeted, probe: &str) -> io::Result<UnixStream> {
    let Greeted { guest, connection, answered, .. } = greeted;
    let awake = answered.await.map_err(|_| io::ErrorKind::UnexpectedEof)?;
    awake.map_err(io::Error::other)?;
    let exchange = Exchange {
        method: "GET".to_owned(),
        target: probe.to_owned(),
        headers: Vec::new(),
        length: Some(0),
        body: ByteStream::empty(),
    };
    let reply = guest.exchange(exchange).await.map_err(io::Error::other)?;
    reply.body.collect(LARGEST_PROBE).await?;
    connection.quiesce(&guest).await.map_err(io::Error::other)
}

/// A machine that is held uses no processor time, and its clock stands still.
async fn hold(spawned: &mut Spawned) -> Result<(), QmpError> {
    spawned.monitor.settle(PROMPT).await?;
    spawned.monitor.execute(Command::hold(), PROMPT).await?;
    Ok(())
}
