//! The lives under way, and the hand that ends one.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ids::{AccountId, AgentRuntimeId, EndpointName};
use stdx::Clock;
use store::Write;
use tokio::sync::Notify;

use crate::ledger::{Added, Ledger};
use crate::life::{Life, Meter};
use crate::record::{OPEN, life_key, put};

/// A start further back than this is a clock that was set meanwhile, not a start that took so long.
const LONGEST_START: Duration = Duration::from_mins(10);

/// What an endpoint's sandboxes have used since this process started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Sessions begun.
    pub sessions: u64,
    /// Processor time in milliseconds.
    pub cpu_ms: u64,
    /// Memory over time in KiB times seconds.
    pub memory_kib_seconds: u64,
}

impl Used {
    /// Processor time in hours.
    #[expect(clippy::cast_precision_loss, reason = "a gauge, not a bill")]
    pub fn vcpu_hours(&self) -> f64 {
        self.cpu_ms as f64 / 3_600_000.0
    }

    /// Memory over time in GB (2^30 bytes) times hours.
    #[expect(clippy::cast_precision_loss, reason = "a gauge, not a bill")]
    pub fn gb_hours(&self) -> f64 {
        self.memory_kib_seconds as f64 / (3_600.0 * 1_048_576.0)
    }
}

/// Whose [`Used`] it is.
pub(crate) type Owner = (AccountId, AgentRuntimeId, EndpointName);

pub(crate) struct Lives {
    clock: Arc<dyn Clock>,
    table: Mutex<Table>,
    used: Mutex<BTreeMap<Owner, Used>>,
    /// Tells the sampler that a life has ended.
    pub(crate) ended: Notify,
}

#[derive(Default)]
struct Table {
    lives: HashMap<u64, Arc<Metered>>,
    next: u64,
}

/// A life with its meter and its account.
pub(crate) struct Metered {
    life: Life,
    meter: Meter,
    /// What the monotonic clock showed at its start; before the clock's own beginning it is zero, with the rest in
    /// `head_start`.
    begun: Duration,
    head_start: Duration,
    account: Mutex<Account>,
}

struct Account {
    ledger: Ledger,
    ended: bool,
    /// How often something was added, and how often it had been when it was written down last.
    changes: u64,
    written: u64,
    /// The hour under which it stands among the open lives.
    open_in: Option<i64>,
}

/// How far an account had come when its writes were made.
pub(crate) struct Mark {
    changes: u64,
    hours: usize,
    open_in: Option<i64>,
}

/// A life that is being metered. Dropping it ends the life.
pub struct Guard {
    lives: Arc<Lives>,
    metered: Arc<Metered>,
}

impl Guard {
    /// The sandbox has ended: takes the last reading.
    pub fn finish(self) {
        drop(self);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.lives.add(&self.metered, true);
        self.lives.ended.notify_one();
    }
}

impl Lives {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, table: Mutex::default(), used: Mutex::default(), ended: Notify::new() }
    }

    pub(crate) fn begin(self: &Arc<Self>, mut life: Life, meter: Meter) -> Guard {
        let now = self.clock.now();
        let head_start = now.since(life.started_at);
        let head_start = if head_start > LONGEST_START { Duration::ZERO } else { head_start };
        if now.since(life.started_at) != head_start || life.started_at > now {
            life.started_at = now;
        }
        if !life.resumed {
            let mut used = lock(&self.used);
            used.entry(life.owner()).or_default().sessions += 1;
        }
        let account = Account {
            ledger: Ledger::new(life.started_at),
            ended: false,
            changes: 1,
            written: 0,
            open_in: None,
        };
        let begun = self.clock.elapsed();
        let metered = Arc::new(Metered { life, meter, begun, head_start, account: Mutex::new(account) });
        let mut table = lock(&self.table);
        let number = table.next;
        table.next += 1;
        table.lives.insert(number, Arc::clone(&metered));
        Guard { lives: Arc::clone(self), metered }
    }

    /// Reads every meter once. Blocks for as long as that takes.
    pub(crate) fn read_all(&self) {
        let all: Vec<Arc<Metered>> = lock(&self.table).lives.values().cloned().collect();
        for metered in all {
            self.add(&metered, false);
        }
    }

    fn add(&self, metered: &Metered, end: bool) {
        let reading = (metered.meter)();
        let mut account = lock(&metered.account);
        if account.ended {
            return;
        }
        // Asked for under the lock, so that an account's readings are in the order of their times.
        let age = self.clock.elapsed().saturating_sub(metered.begun) + metered.head_start;
        let added = if end { account.ledger.end(age, reading) } else { account.ledger.read(age, reading) };
        account.ended = end;
        account.changes += 1;
        drop(account);
        let Added { cpu, memory } = added;
        if added != Added::default() {
            let mut used = lock(&self.used);
            let used = used.entry(metered.life.owner()).or_default();
            used.cpu_ms += cpu;
            used.memory_kib_seconds += memory;
        }
    }

    /// The writes that bring the store up to what is known, for each life that has something new.
    pub(crate) fn unwritten(&self) -> Vec<(u64, Vec<Write>, Mark)> {
        let table = lock(&self.table);
        let changed = table.lives.iter().filter_map(|(number, metered)| {
            let (writes, mark) = metered.unwritten()?;
            Some((*number, writes, mark))
        });
        changed.collect()
    }

    /// The life's writes as of `mark` are in the store. A life that has ended is let go.
    pub(crate) fn written(&self, number: u64, mark: &Mark) {
        let mut table = lock(&self.table);
        let Some(metered) = table.lives.get(&number) else { return };
        if metered.written(mark) {
            table.lives.remove(&number);
        }
    }

    pub(crate) fn used(&self) -> Vec<(Owner, Used)> {
        lock(&self.used).iter().map(|(owner, used)| (owner.clone(), used.clone())).collect()
    }
}

impl Metered {
    fn unwritten(&self) -> Option<(Vec<Write>, Mark)> {
        let account = lock(&self.account);
        if account.changes == account.written {
            return None;
        }
        let (ledger, open) = (&account.ledger, !account.ended);
        let mut writes: Vec<Write> =
            ledger.over().iter().map(|share| put(&self.life, share, ledger.peak(), false)).collect();
        let current = ledger.current();
        writes.push(put(&self.life, &current, ledger.peak(), open));
        let open_in = open.then_some(current.hour);
        if open_in != account.open_in {
            let key = life_key(&self.life);
            writes.push(match open_in {
                Some(hour) => OPEN.put(key, &hour, store::Expect::Any),
                None => OPEN.delete(key, store::Expect::Any),
            });
        }
        Some((writes, Mark { changes: account.changes, hours: ledger.over().len(), open_in }))
    }

    /// Whether nothing more will come of it.
    fn written(&self, mark: &Mark) -> bool {
        let mut account = lock(&self.account);
        account.ledger.forget(mark.hours);
        account.written = mark.changes;
        account.open_in = mark.open_in;
        account.ended && account.changes == account.written
    }
}

impl Life {
    fn owner(&self) -> Owner {
        (self.account.clone(), self.runtime.clone(), self.endpoint.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of a lock of the meters panics")
}
