//! One simulated machine and the handle to it.

use std::collections::VecDeque;
use std::collections::btree_map::Entry;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_util::{StreamExt, future, stream};
use sandbox::{
    Ending, Exchange, Identity, LogLine, LogSource, Meter, Reply, Sandbox, SandboxError, SandboxId, Snapshot,
    SnapshotName, TemplateSpec, Usage,
};
use stdx::{BoxFuture, ByteStream, Clock};
use tokio::sync::watch;

use crate::engine::taken;
use crate::host::{Attached, Dormant, Running, SimHost, Step};
use crate::program::{SimMachine, SimProcess};
use crate::storages::{Content, Files};

const LOG_LINES: usize = 1000;
const MEMORY: u64 = 32 << 20;
const CPU_PER_EXCHANGE: Duration = Duration::from_millis(1);

/// One simulated machine.
pub(crate) struct Cell {
    pub(crate) identity: Identity,
    pub(crate) spec: Arc<TemplateSpec>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) boot: u64,
    pub(crate) storage: Option<Files>,
    /// Shared with every exchange that is under way.
    under_way: Arc<()>,
    log: Mutex<VecDeque<LogLine>>,
    ending: watch::Sender<Option<Ending>>,
    exchanges: AtomicU64,
    orphan: AtomicBool,
    running: Weak<Running>,
    pub(crate) platform: Attached,
}

impl Cell {
    /// A machine of this spec; one that goes on rather than begins has the `boot` it had.
    pub(crate) fn new(
        identity: Identity,
        spec: &TemplateSpec,
        log: impl IntoIterator<Item = LogLine>,
        boot: Option<u64>,
        host: &SimHost,
    ) -> Arc<Self> {
        let storage = identity.storage.as_ref().map(|storage| host.storages.make(storage));
        Arc::new(Self {
            identity,
            spec: Arc::new(spec.clone()),
            clock: Arc::clone(&host.clock),
            boot: boot.unwrap_or_else(|| host.next_boot()),
            storage,
            under_way: Arc::new(()),
            log: Mutex::new(log.into_iter().collect()),
            ending: watch::Sender::new(None),
            exchanges: AtomicU64::new(0),
            orphan: AtomicBool::new(false),
            running: Arc::downgrade(&host.running),
            platform: Arc::clone(&host.platform),
        })
    }

    pub(crate) fn print(&self, source: LogSource, text: String) {
        let mut log = self.log.lock().expect("no holder of a log's lock panics");
        if log.len() == LOG_LINES {
            log.pop_front();
        }
        log.push_back(LogLine { at: self.clock.now(), source, text });
    }

    pub(crate) fn log(&self) -> Vec<LogLine> {
        self.log.lock().expect("no holder of a log's lock panics").iter().cloned().collect()
    }

    /// Ends the machine; the first ending counts.
    pub(crate) fn end(&self, ending: Ending) {
        if let Some(running) = self.running.upgrade() {
            running.forget(&self.identity.id, self);
        }
        self.ending.send_if_modified(|known| {
            let first = known.is_none();
            known.get_or_insert(ending);
            first
        });
    }

    /// What is in its storage now, if it has one.
    pub(crate) fn stored(&self) -> Option<Content> {
        let files = self.storage.as_ref()?;
        Some(files.lock().expect("no holder of a storage's lock panics").clone())
    }

    /// From now on it outlives its handles.
    pub(crate) fn orphan(&self) {
        self.orphan.store(true, Ordering::Relaxed);
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.borrow().clone()
    }

    pub(crate) async fn ended(&self) -> Ending {
        let mut ending = self.ending.subscribe();
        let ending = ending.wait_for(Option::is_some).await.expect("the sender is in this very cell");
        ending.clone().expect("it was waited for")
    }
}

/// The handle that callers hold.
pub(crate) struct SimSandbox {
    pub(crate) cell: Arc<Cell>,
    pub(crate) process: Arc<dyn SimProcess>,
    pub(crate) host: Arc<SimHost>,
}

impl SimSandbox {
    async fn freeze(&self, into: SnapshotName) -> Result<Snapshot, SandboxError> {
        let ended = |ending| Err(SandboxError::Ended(ending));
        if let Some(ending) = self.cell.ending() {
            return ended(ending);
        }
        if Arc::strong_count(&self.cell.under_way) > 1 {
            let source = io::Error::from(io::ErrorKind::InvalidInput);
            return Err(SandboxError::Failed { context: "an exchange is under way".to_owned(), source });
        }
        tokio::select! {
            biased;
            ending = self.cell.ended() => return ended(ending),
            () = self.host.pause(self.host.options.suspend_takes) => {}
        }
        self.host.ordered_failure(Step::Suspend)?;
        let dormant = Dormant {
            spec: Arc::clone(&self.cell.spec),
            process: self.process.fork(),
            log: self.cell.log(),
            hostname: self.cell.identity.hostname.clone(),
            boot: self.cell.boot,
            storage: self.cell.stored(),
            refused: None,
        };
        let snapshot = dormant.told(into.clone());
        match self.host.state().snapshots.entry(into.clone()) {
            Entry::Occupied(_) => return Err(taken(format!("there is a snapshot {into} already"))),
            Entry::Vacant(place) => place.insert(dormant),
        };
        self.cell.end(Ending::Suspended);
        match self.cell.ending() {
            Some(Ending::Suspended) => Ok(snapshot),
            // Something else ended it first.
            other => {
                self.host.state().snapshots.remove(&into);
                ended(other.unwrap_or(Ending::Stopped))
            }
        }
    }
}

impl Sandbox for SimSandbox {
    fn id(&self) -> &SandboxId {
        &self.cell.identity.id
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Reply, SandboxError>> {
        Box::pin(exchange_with(&self.cell, &self.process, exchange))
    }

    fn usage(&self) -> BoxFuture<'_, Result<Usage, SandboxError>> {
        let exchanges = u32::try_from(self.cell.exchanges.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        let usage = Usage {
            cpu: CPU_PER_EXCHANGE * exchanges,
            memory: MEMORY,
            memory_peak: MEMORY,
            host_private: MEMORY / 4,
        };
        Box::pin(future::ready(match self.cell.ending() {
            Some(ending) => Err(SandboxError::Ended(ending)),
            None => Ok(usage),
        }))
    }

    fn meter(&self) -> Meter {
        let exchanges = u32::try_from(self.cell.exchanges.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        Meter { cpu: CPU_PER_EXCHANGE * exchanges, memory: MEMORY / 4 }
    }

    fn suspend(&self, into: SnapshotName) -> BoxFuture<'_, Result<Snapshot, SandboxError>> {
        Box::pin(self.freeze(into))
    }

    fn log_tail(&self) -> Vec<LogLine> {
        self.cell.log()
    }

    fn ended(&self) -> BoxFuture<'static, Ending> {
        let cell = Arc::clone(&self.cell);
        Box::pin(async move { cell.ended().await })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        self.cell.end(Ending::Stopped);
        Box::pin(future::ready(()))
    }
}

impl Drop for SimSandbox {
    fn drop(&mut self) {
        if !self.cell.orphan.load(Ordering::Relaxed) {
            self.cell.end(Ending::Stopped);
        }
    }
}

/// One exchange with a process, cut off when its machine ends.
pub(crate) async fn exchange_with(
    cell: &Arc<Cell>,
    process: &Arc<dyn SimProcess>,
    exchange: Exchange,
) -> Result<Reply, SandboxError> {
    if let Some(ending) = cell.ending() {
        return Err(SandboxError::Ended(ending));
    }
    let under_way = Arc::clone(&cell.under_way);
    cell.exchanges.fetch_add(1, Ordering::Relaxed);
    let answer = process.exchange(exchange, SimMachine(Arc::clone(cell)));
    tokio::select! {
        biased;
        ending = cell.ended() => Err(SandboxError::Ended(ending)),
        answer = answer => match answer {
            Ok(reply) => Ok(Reply { body: cut_at_end(reply.body, Arc::clone(cell), under_way), ..reply }),
            // A program that exits in a request breaks its connection too: the ending says more.
            Err(_) if cell.ending().is_some() => Err(SandboxError::Ended(cell.ended().await)),
            Err(reason) => Err(SandboxError::NoAnswer(reason.0)),
        },
    }
}

/// The body until its end, or an error once the machine has ended in the middle of it.
fn cut_at_end(body: ByteStream, cell: Arc<Cell>, under_way: Arc<()>) -> ByteStream {
    let ended = Box::pin(async move { cell.ended().await });
    let chunks = stream::unfold(Some((body, ended, under_way)), async |state| {
        let (mut body, mut ended, under_way) = state?;
        // The body first: what was written before the end still arrives.
        tokio::select! {
            biased;
            chunk = body.next() => chunk.map(|chunk| (chunk, Some((body, ended, under_way)))),
            ending = &mut ended => {
                let reason = format!("the sandbox has ended ({ending:?})");
                Some((Err(io::Error::new(io::ErrorKind::ConnectionReset, reason)), None))
            }
        }
    });
    ByteStream::new(chunks.boxed())
}
