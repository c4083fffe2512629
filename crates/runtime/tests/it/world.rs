//! Everything that outlives a server: its machine, its rows, its uploads and the time.

mod books;
mod code;
mod probe;
mod rest;
mod server;
mod shelf;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use runtime::sessions::SessionKey;
use runtime::{Options, Parts, Runtime};
use sandbox::LayerName;
use sandbox_sim::{SimEngine, SimHost, SimOptions};
use stdx::{ManualClock, SystemRng, Timestamp};
use store::gate::Gate;
use store::memory::MemoryBlobs;
use store::{Key, KeyRange, Space, Store};
use tempfile::TempDir;

pub(crate) use books::Books;
pub(crate) use code::{Bucket, zip};
pub(crate) use probe::Probe;
pub(crate) use rest::{QUIET, living};
pub(crate) use server::{Server, account, kind, settled, spec, text};
pub(crate) use shelf::Shelf;

/// Every space that the service writes to, but for client tokens.
const SPACES: [&str; 11] = [
    "agent-runtimes",
    "agent-runtime-names",
    "agent-runtime-versions",
    "agent-runtime-endpoints",
    "agent-runtime-builds",
    "agent-runtime-deletions",
    "agent-runtime-sessions",
    "agent-runtime-checkpoints",
    "agent-runtime-session-storages",
    "tags",
    "blob-claims",
];

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) host: Arc<SimHost>,
    pub(crate) store: Arc<Gate>,
    pub(crate) probe: Probe,
    pub(crate) books: Books,
    pub(crate) options: Options,
    /// One thread makes a test repeatable; several find what nobody thought of.
    pub(crate) threads: usize,
    pub(crate) blobs: Arc<Shelf>,
    bucket: Arc<Bucket>,
    _directory: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(SimOptions::default())
    }

    pub(crate) fn with(machine: SimOptions) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_000_000_000)));
        let host = SimHost::new(clock.clone(), machine);
        let store = Arc::new(Gate::default());
        let directory = tempfile::tempdir().unwrap();
        let probe = Probe::default();
        host.install("probe", probe.clone());
        Self {
            blobs: Arc::new(Shelf::new(MemoryBlobs::new(
                store.clone(),
                clock.clone(),
                Duration::from_secs(3600),
            ))),
            // Only who tests suspending wants sessions to be suspended.
            options: Options { suspend_after: None, ..Options::new(directory.path().join("work")) },
            threads: 1,
            bucket: Arc::default(),
            clock,
            host,
            store,
            probe,
            books: Books::default(),
            _directory: directory,
        }
    }

    /// One life of the server, from its start to its orderly end.
    pub(crate) fn live(&self, story: impl AsyncFnOnce(&Server<'_>)) {
        let threads = self.threads();
        threads.block_on(async {
            let server = self.start().await;
            story(&server).await;
            self.shut_down(&server).await;
            assert_eq!(server.live_sessions(), 0);
        });
        assert_eq!(self.host.running(), [], "an orderly end leaves nothing running");
    }

    /// An orderly end. What it suspends may take time, which passes only while nothing else happens. With several
    /// threads nobody can tell that nothing happens: time stands still, for the end would else give up on sessions
    /// whose threads the machine has not come round to.
    async fn shut_down(&self, server: &Server<'_>) {
        let end = server.shut_down();
        if self.threads > 1 {
            return end.await;
        }
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                () = &mut end => return,
                () = turns(1000) => self.clock.advance(Duration::from_secs(1)),
            }
        }
    }

    /// One life of the server that ends wherever its tasks happen to stand.
    pub(crate) fn live_until_killed(&self, story: impl AsyncFnOnce(&Server<'_>)) {
        let threads = self.threads();
        threads.block_on(async {
            let server = self.start().await;
            story(&server).await;
            self.host.orphan_all();
        });
        drop(threads);
    }

    fn threads(&self) -> tokio::runtime::Runtime {
        let mut threads = match self.threads {
            1 => tokio::runtime::Builder::new_current_thread(),
            _ => tokio::runtime::Builder::new_multi_thread(),
        };
        threads.worker_threads(self.threads).enable_all().build().unwrap()
    }

    async fn start(&self) -> Server<'_> {
        self.store.mend();
        let parts = Parts {
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            engine: Arc::new(SimEngine::new(Arc::clone(&self.host))),
            code: self.bucket.clone(),
            metering: Arc::new(self.books.clone()),
            clock: self.clock.clone(),
            rng: Arc::new(SystemRng),
            options: self.options.clone(),
        };
        Server { world: self, runtime: Runtime::start(parts).await.unwrap() }
    }

    /// Stores an object in the bucket that specs name.
    pub(crate) async fn upload(&self, key: &str, content: Vec<u8>) {
        self.bucket.put(&*self.blobs, key, content).await;
    }

    /// Makes the bucket lie about an object's size.
    pub(crate) fn enlarge(&self, key: &str, length: u64) {
        self.bucket.enlarge(key, length);
    }

    pub(crate) fn templates(&self) -> Vec<String> {
        self.host.templates().iter().map(ToString::to_string).collect()
    }

    /// That no row, template, layer or sandbox is left.
    pub(crate) async fn assert_empty(&self) {
        for space in SPACES {
            let rows = self.store.range(Space::new(space), &KeyRange::all(), usize::MAX).await.unwrap();
            assert_eq!(rows, [], "{space}");
        }
        assert_eq!(self.templates(), Vec::<String>::new());
        assert_eq!(self.host.layers(), Vec::<LayerName>::new());
        assert_eq!(self.host.running(), []);
        assert_eq!(self.host.snapshots(), []);
        assert_eq!(self.host.storages(), []);
    }

    /// The snapshots that records name.
    pub(crate) async fn named_snapshots(&self) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        for space in ["agent-runtime-sessions", "agent-runtime-checkpoints"] {
            for row in self.store.range(Space::new(space), &KeyRange::all(), usize::MAX).await.unwrap() {
                let row: serde_json::Value = serde_json::from_slice(&row.value).unwrap();
                let snapshot = row.get("snapshot").or_else(|| row.get("suspended")?.get("snapshot"));
                let name = snapshot.map(|snapshot| snapshot.as_str().unwrap().to_owned());
                if let Some(name) = name {
                    assert!(named.insert(name), "two records name one snapshot");
                }
            }
        }
        named
    }

    /// The storages that records name.
    pub(crate) async fn named_storages(&self) -> BTreeSet<String> {
        let space = Space::new("agent-runtime-session-storages");
        let rows = self.store.range(space, &KeyRange::all(), usize::MAX).await.unwrap();
        let rows = rows.iter().map(|row| serde_json::from_slice::<serde_json::Value>(&row.value).unwrap());
        rows.map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    }

    /// A session's record, as it is stored.
    pub(crate) async fn session_row(&self, session: &SessionKey) -> serde_json::Value {
        let SessionKey { account, runtime, endpoint, id } = session;
        let key = Key::of([account.as_str(), runtime.as_str(), endpoint.as_str(), id.as_str()]);
        let row = self.store.get(Space::new("agent-runtime-sessions"), &key).await.unwrap().unwrap();
        serde_json::from_slice(&row.value).unwrap()
    }
}

/// Lets every task of a one-threaded world go as far as it can without time passing.
pub(crate) async fn calm() {
    turns(100).await;
}

/// Lets others come in so many times.
pub(crate) async fn turns(count: usize) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

/// Waits until `look` finds something. The limit is only there to fail instead of hanging.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(60), found).await;
    found.unwrap_or_else(|_| panic!("it never came to this: {what}"))
}
