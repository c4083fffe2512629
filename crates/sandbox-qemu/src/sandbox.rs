//! The handle that callers hold.

use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;

use guest_protocol::control::{self, UsageReport};
use sandbox::{
    Ending, Exchange, LogLine, Meter, Platform, Reply, Sandbox, SandboxError, SandboxId, Snapshot,
    SnapshotName, Usage,
};
use stdx::BoxFuture;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::accounting;
use crate::guest::{CarryError, Guest};
use crate::log::Log;
use crate::meter::Metering;

/// When an exchange breaks, the cause may be known a moment later: the program's exit has to reach us.
const CAUSE: Duration = Duration::from_secs(1);

/// How long what is not urgent holds back for the sake of a restored guest's first answer.
const FIRST_ANSWER: Duration = Duration::from_secs(1);

/// How far a sandbox has come, as its owner sees it.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    Starting,
    Running,
    Ended(Ending),
}

/// What a handle asks of the driver.
pub(crate) enum Order {
    Stop,
    Freeze,
    Suspend { into: SnapshotName, reply: oneshot::Sender<Result<Snapshot, SandboxError>> },
}

/// What handle and driver share.
pub(crate) struct Shared {
    pub(crate) id: SandboxId,
    /// Replaced when a machine that was to be suspended goes on.
    pub(crate) guest: RwLock<Guest>,
    pub(crate) pid: u32,
    pub(crate) metering: Metering,
    pub(crate) log: Log,
    pub(crate) stage: watch::Sender<Stage>,
    /// What the last readiness probe saw, if that is what the sandbox failed of.
    pub(crate) last_probe: OnceLock<String>,
    /// Told of each exchange that begins.
    pub(crate) asked: Notify,
    /// Told of each exchange whose answer has begun or failed.
    pub(crate) answered: Notify,
    pub(crate) patience: Duration,
    pub(crate) last_report: Mutex<UsageReport>,
    /// Who answers what the program says to the platform.
    pub(crate) platform: Arc<OnceLock<Arc<dyn Platform>>>,
}

/// A running sandbox. The driver ends it when the last handle, and with it the sender of orders, is gone.
pub(crate) struct QemuSandbox {
    pub(crate) shared: Arc<Shared>,
    pub(crate) orders: mpsc::Sender<Order>,
}

impl Shared {
    /// The way to the guest, as it is now.
    pub(crate) fn guest(&self) -> Guest {
        self.guest.read().expect("no holder of the guest's lock panics").clone()
    }

    pub(crate) fn replace_guest(&self, guest: Guest) {
        *self.guest.write().expect("no holder of the guest's lock panics") = guest;
    }

    fn ending(&self) -> Option<Ending> {
        match &*self.stage.borrow() {
            Stage::Ended(ending) => Some(ending.clone()),
            Stage::Starting | Stage::Running => None,
        }
    }

    pub(crate) async fn ended(&self) -> Ending {
        let mut stage = self.stage.subscribe();
        let ended = stage.wait_for(|stage| matches!(stage, Stage::Ended(_))).await;
        match &*ended.expect("the sender is in this very struct") {
            Stage::Ended(ending) => ending.clone(),
            Stage::Starting | Stage::Running => unreachable!("it was waited for"),
        }
    }

    /// Waits until the program is ready.
    pub(crate) async fn running(&self) -> Result<(), Ending> {
        let mut stage = self.stage.subscribe();
        let begun = stage.wait_for(|stage| !matches!(stage, Stage::Starting)).await;
        match &*begun.expect("the sender is in this very struct") {
            Stage::Ended(ending) => Err(ending.clone()),
            Stage::Starting | Stage::Running => Ok(()),
        }
    }

    /// Waits until the first exchange has begun, or none was for a while.
    pub(crate) async fn first_request(&self) {
        // It does not matter which of the two it was.
        let _ = timeout(FIRST_ANSWER, self.asked.notified()).await;
    }

    /// Waits until the first exchange has its answer, or none was made for a while.
    pub(crate) async fn first_answer(&self) {
        // It does not matter which of the two it was.
        let _ = timeout(FIRST_ANSWER, self.answered.notified()).await;
        self.answered.notify_one();
    }

    /// Why an exchange failed: with the machine, or on its own.
    pub(crate) async fn explain(&self, error: CarryError) -> SandboxError {
        match error {
            CarryError::Unsendable(_) => SandboxError::NoAnswer(error.to_string()),
            _ => match timeout(CAUSE, self.ended()).await {
                Ok(ending) => SandboxError::Ended(ending),
                Err(_) => SandboxError::NoAnswer(error.to_string()),
            },
        }
    }

    /// The guest's own report, or its last one if it gives none.
    async fn report(&self) -> UsageReport {
        let guest = self.guest();
        let fresh = timeout(self.patience, guest.report::<UsageReport>(control::USAGE)).await;
        let mut last = self.last_report.lock().expect("no holder of the report's lock panics");
        if let Ok(Ok(fresh)) = fresh {
            *last = fresh;
        }
        *last
    }
}

impl QemuSandbox {
    pub(crate) async fn order(&self, order: Order) {
        // A driver that no longer takes orders has nothing left to do.
        let _ = self.orders.send(order).await;
    }
}

impl Sandbox for QemuSandbox {
    fn id(&self) -> &SandboxId {
        &self.shared.id
    }

    fn exchange(&self, exchange: Exchange) -> BoxFuture<'_, Result<Reply, SandboxError>> {
        Box::pin(async move {
            if let Some(ending) = self.shared.ending() {
                return Err(SandboxError::Ended(ending));
            }
            self.shared.asked.notify_one();
            let outcome = self.shared.guest().exchange(exchange).await;
            self.shared.answered.notify_one();
            match outcome {
                Ok(reply) => Ok(reply),
                Err(error) => Err(self.shared.explain(error).await),
            }
        })
    }

    fn usage(&self) -> BoxFuture<'_, Result<Usage, SandboxError>> {
        Box::pin(async move {
            let gone =
                |source| SandboxError::Failed { context: "reading a machine's usage".to_owned(), source };
            if let Some(ending) = self.shared.ending() {
                return Err(SandboxError::Ended(ending));
            }
            let report = self.shared.report().await;
            if let Some(ending) = self.shared.ending() {
                return Err(SandboxError::Ended(ending));
            }
            Ok(Usage {
                cpu: accounting::cpu(self.shared.pid).map_err(gone)?,
                memory: report.memory_bytes,
                memory_peak: report.memory_peak_bytes,
                host_private: accounting::private_memory(self.shared.pid).map_err(gone)?,
            })
        })
    }

    fn meter(&self) -> Meter {
        self.shared.metering.read()
    }

    fn suspend(&self, into: SnapshotName) -> BoxFuture<'_, Result<Snapshot, SandboxError>> {
        Box::pin(async move {
            // One that was started a moment ago has still to be greeted.
            self.shared.running().await.map_err(SandboxError::Ended)?;
            let (reply, outcome) = oneshot::channel();
            self.order(Order::Suspend { into, reply }).await;
            match outcome.await {
                Ok(outcome) => outcome,
                // A driver that is ending takes no orders.
                Err(_) => Err(SandboxError::Ended(self.shared.ended().await)),
            }
        })
    }

    fn log_tail(&self) -> Vec<LogLine> {
        self.shared.log.tail()
    }

    fn ended(&self) -> BoxFuture<'static, Ending> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.ended().await })
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            self.order(Order::Stop).await;
            self.shared.ended().await;
        })
    }
}
