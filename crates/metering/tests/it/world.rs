//! A store and a clock that outlive the process on them, and sandboxes whose meters the test turns.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ids::{AccountId, AgentRuntimeId, EndpointName};
use metering::{Guard, Life, Metering, Options, Parts, Reading, UsageRecord};
use stdx::{Clock, ManualClock, Timestamp};
use store::Store;
use store::memory::MemoryStore;

/// Ten minutes before an hour is full.
pub(crate) const START: Timestamp = Timestamp::from_millis(3_600_000 * 480_000 - 600_000);

/// Longer than anything takes here unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
}

/// A sandbox's meter, as far as the test has turned it.
#[derive(Clone, Default)]
pub(crate) struct Dial(Arc<Mutex<Reading>>);

impl Dial {
    pub(crate) fn turn(&self, cpu: Duration, memory: u64) {
        let mut reading = self.0.lock().unwrap();
        reading.cpu += cpu;
        reading.memory = memory;
    }

    pub(crate) fn reading(&self) -> Reading {
        *self.0.lock().unwrap()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self { store: Arc::new(MemoryStore::new()), clock: Arc::new(ManualClock::at(START)) }
    }

    pub(crate) async fn start(&self) -> Metering {
        self.start_with(Options::default()).await
    }

    pub(crate) async fn start_with(&self, options: Options) -> Metering {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock) as Arc<dyn Clock>);
        let metering = Metering::start(Parts { store, clock, options }).await.unwrap();
        self.settle().await;
        metering
    }

    pub(crate) fn begin(&self, metering: &Metering, life: &str, dial: &Dial) -> Guard {
        let dial = dial.clone();
        metering.begin(self.life(life), Arc::new(move || dial.reading()))
    }

    /// The life in the sandbox of this name: its session is what stands before the slash.
    pub(crate) fn life(&self, name: &str) -> Life {
        let session = name.split('/').next().unwrap();
        let agent = if session.len().is_multiple_of(2) { "even-abcdefghij" } else { "odd-abcdefghij" };
        Life {
            account: AccountId::default(),
            runtime: AgentRuntimeId::parse(agent).unwrap(),
            endpoint: EndpointName::default_endpoint(),
            session: session.to_owned(),
            user: (session.len().is_multiple_of(3)).then(|| "anna".to_owned()),
            sandbox: name.replace('/', "-"),
            started_at: self.clock.now(),
            resumed: false,
        }
    }

    /// Lets time pass, second by second as a meter reader sees it.
    pub(crate) async fn pass(&self, mut time: Duration) {
        while !time.is_zero() {
            let step = time.min(Duration::from_secs(1));
            self.clock.advance(step);
            self.settle().await;
            time -= step;
        }
    }

    /// Until the reader waits for the next second.
    pub(crate) async fn settle(&self) {
        let begun = Instant::now();
        while self.clock.sleepers() == 0 {
            assert!(begun.elapsed() < PATIENCE, "the reader reads no more");
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn records(&self, metering: &Metering) -> Vec<UsageRecord> {
        let end = Timestamp::from_millis(i64::MAX / 2);
        metering.records(&AccountId::default(), None, end).await.unwrap()
    }

    /// The records of a life that has ended, once that has been written down.
    pub(crate) async fn closed(&self, metering: &Metering, sandbox: &str) -> Vec<UsageRecord> {
        let begun = Instant::now();
        loop {
            let mut records = self.records(metering).await;
            records.retain(|record| record.sandbox == sandbox);
            if !records.is_empty() && records.iter().all(|record| !record.open) {
                return records;
            }
            assert!(begun.elapsed() < PATIENCE, "the end of {sandbox} is not written down: {records:?}");
            tokio::task::yield_now().await;
        }
    }
}
