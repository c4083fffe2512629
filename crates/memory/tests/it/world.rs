//! Everything that outlives a server: its rows, its contents, its index and the time.

mod embedder;
mod flaky;
mod no_models;
mod outside;
mod teacher;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use ids::{AccountId, ActorId, MemoryId, MemoryName, MemorySessionId, Region};
use inference::Inference;
use memory::events::SessionKey;
use memory::model::{Definition, MemoryStatus, NamespaceKey, Record};
use memory::{Memory, Options, Outside, Parts};
use stdx::{ManualClock, SystemRng, Timestamp};
use store::gate::Gate;
use store::memory::MemoryBlobs;
use store::{Batch, Expect, Key, KeyRange, Row, Space, Store, Table};

pub(crate) use embedder::Letters;
use flaky::Flaky;
use no_models::NoModels;
pub(crate) use outside::{BUCKET, Counts, KNOWN, OBJECTS, OneBucket, Receiver};
pub(crate) use teacher::Teacher;

/// When each world begins.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_millis(1_790_000_000_000);

const DAY: Duration = Duration::from_hours(24);

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<Gate>,
    pub(crate) index: Arc<Flaky>,
    pub(crate) models: Arc<dyn Inference>,
    pub(crate) options: Options,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) blobs: Arc<MemoryBlobs>,
}

/// One life of the service.
pub(crate) struct Server<'a> {
    pub(crate) world: &'a World,
    memory: Memory,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ManualClock::at(BEGINNING));
        let store = Arc::new(Gate::default());
        let blobs = MemoryBlobs::new(store.clone(), clock.clone(), Duration::from_hours(1));
        Self {
            blobs: Arc::new(blobs),
            index: Arc::default(),
            receiver: Arc::default(),
            counts: Arc::default(),
            models: Arc::new(NoModels),
            options: Options::new(Region::default()),
            clock,
            store,
        }
    }

    /// One life of the service, from its start to its orderly end.
    pub(crate) fn live<T>(&self, story: impl AsyncFnOnce(&Server<'_>) -> T) -> T {
        threads().block_on(async {
            let server = self.start().await;
            let told = story(&server).await;
            self.store.mend();
            server.shut_down().await;
            told
        })
    }

    /// One life of the service that ends wherever its tasks happen to stand.
    pub(crate) fn live_until_killed<T>(&self, story: impl AsyncFnOnce(&Server<'_>) -> T) -> T {
        let threads = threads();
        threads.block_on(async { story(&self.start().await).await })
    }

    async fn start(&self) -> Server<'_> {
        self.store.mend();
        let parts = Parts {
            outside: Outside {
                courier: self.receiver.clone(),
                observer: self.counts.clone(),
                buckets: Arc::new(OneBucket),
                ..Outside::default()
            },
            store: self.store.clone(),
            blobs: self.blobs.clone(),
            index: self.index.clone(),
            models: self.models.clone(),
            clock: self.clock.clone(),
            rng: Arc::new(SystemRng),
            options: self.options.clone(),
        };
        Server { world: self, memory: Memory::start(parts).await.unwrap() }
    }

    /// Removes a record as if somebody had deleted it.
    pub(crate) async fn drop_record(&self, record: &Record) {
        let key = Key::of([AccountId::default().as_str(), "notes-0123456789", record.id.as_str()]);
        let batch = Batch::new().delete(Space::new("memory-records"), key, Expect::Present);
        self.store.commit(batch).await.unwrap();
    }

    /// The rows of a space.
    pub(crate) async fn rows(&self, space: &'static str) -> Vec<Row> {
        self.store.range(Space::new(space), &KeyRange::all(), usize::MAX).await.unwrap()
    }
}

impl Deref for Server<'_> {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        &self.memory
    }
}

impl Server<'_> {
    /// A memory that keeps events for a week and learns nothing, changed as the test wants it.
    pub(crate) async fn memory(&self, change: impl FnOnce(&mut Definition)) -> MemoryId {
        const MEMORIES: Table<Definition> = Table::new(Space::new("memories"));
        let mut definition = plain();
        change(&mut definition);
        let key = Key::of([definition.account.as_str(), definition.id.as_str()]);
        let batch = Batch::new().and(MEMORIES.put(key, &definition, Expect::Any));
        self.world.store.commit(batch).await.unwrap();
        definition.id
    }

    /// Lets time pass, and every task do what it has to do then.
    pub(crate) async fn pass(&self, time: Duration) {
        calm().await;
        self.world.clock.advance(time);
        calm().await;
    }

    /// Lets days pass, hour by hour, as tasks that look now and then see them.
    pub(crate) async fn days(&self, days: u32) {
        for _ in 0..days {
            self.pass(DAY).await;
        }
    }
}

fn plain() -> Definition {
    Definition {
        account: AccountId::default(),
        id: MemoryId::parse("notes-0123456789").unwrap(),
        name: MemoryName::parse("notes").unwrap(),
        description: None,
        event_expiry_days: 7,
        encryption_key_arn: None,
        execution_role_arn: None,
        managed_by: None,
        indexed_keys: Vec::new(),
        namespace_keys: Vec::new(),
        stream: None,
        status: MemoryStatus::Active,
        failure: None,
        strategies: Vec::new(),
        created_at: BEGINNING,
        updated_at: BEGINNING,
    }
}

pub(crate) fn namespace_key(key: &str, allowed: &[&str]) -> NamespaceKey {
    let allowed_values = allowed.iter().map(ToString::to_string).collect();
    NamespaceKey { key: key.to_owned(), allowed_values, pattern: None }
}

pub(crate) fn session(memory: &MemoryId, actor: &str, session: &str) -> SessionKey {
    SessionKey {
        account: AccountId::default(),
        memory: memory.clone(),
        actor: ActorId::parse(actor).unwrap(),
        session: MemorySessionId::parse(session).unwrap(),
    }
}

fn threads() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Lets every task go as far as it can without time passing.
pub(crate) async fn calm() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
