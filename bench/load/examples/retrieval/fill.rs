//! Records by way of the Memory service itself, so that rows and index are what a server expects. Only the index is
//! brought in in large steps, because each is as durable as a small one and takes hardly longer.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use ids::{AccountId, MemoryId, MemoryName, Namespace, Region};
use memory::memories::NewMemory;
use memory::records::NewRecord;
use memory::{Memory, Options, Outside, Parts};
use serde_json::{Value, json};
use stdx::{Clock as _, SystemClock, SystemRng};
use store::Store;
use store_sqlite::{DirectoryBlobs, GRACE, SqliteStore};

use crate::Bench;
use crate::gathering::Gathering;
use crate::made_up::MadeUp;
use crate::truth::Truth;
use crate::world::{Record, place};

const STEP: usize = 5_000;
const WRITES: usize = 30;

struct Filling {
    bench: Bench,
    store: Arc<SqliteStore>,
    index: Arc<Gathering>,
    embedder: Arc<MadeUp>,
    service: Memory,
    memory: MemoryId,
}

pub(crate) async fn fill(bench: Bench) -> Value {
    let filling = Filling::begin(bench).await;
    let (records, questions) = (filling.bench.records, filling.bench.questions());
    let mut truth = Truth::of(&questions);
    let mut building = Duration::ZERO;
    let begun = SystemClock.elapsed();
    for from in (0..records).step_by(STEP) {
        let made: Vec<_> =
            (from..records.min(from + STEP)).map(|at| filling.bench.world.record(at)).collect();
        let (ids, taken) = filling.put(&made).await;
        building += taken;
        truth.learn(&ids, &made);
    }
    let all = SystemClock.elapsed() - begun;
    let mut writes = Vec::new();
    for at in records..records + WRITES {
        let (_, taken) = filling.put(&[filling.bench.world.record(at)]).await;
        writes.push(taken.as_secs_f64());
    }
    let told = json!({
        "memory": filling.memory.as_str(),
        "nearest": truth.ids(),
        "questions": questions.iter().map(|question| {
            json!({ "namespace": place(question.namespace), "text": question.text, "vector": question.vector })
        }).collect::<Vec<_>>(),
    });
    fs::write(filling.bench.directory.join("questions.json"), told.to_string()).unwrap();
    let begun = SystemClock.elapsed();
    filling.service.shut_down().await;
    building += SystemClock.elapsed() - begun;
    filling.store.close().await;
    json!({ "build_seconds": building.as_secs_f64(), "fill_seconds": all.as_secs_f64(), "write_one": writes })
}

impl Filling {
    async fn begin(bench: Bench) -> Self {
        let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
        let store = Arc::new(SqliteStore::open(&bench.data()).unwrap());
        let rows: Arc<dyn Store> = store.clone();
        let blobs =
            DirectoryBlobs::open(&bench.data(), rows.clone(), clock.clone(), rng.clone(), GRACE).unwrap();
        let index = Arc::new(Gathering::before(bench.index()));
        let embedder = Arc::new(MadeUp::default());
        let parts = Parts {
            store: rows,
            blobs: Arc::new(blobs),
            index: index.clone(),
            models: embedder.clone(),
            clock,
            rng,
            outside: Outside::default(),
            options: Options::new(Region::default()),
        };
        let service = Memory::start(parts).await.unwrap();
        let memory = service.create_memory(empty()).await.unwrap().id;
        Self { bench, store, index, embedder, service, memory }
    }

    /// Writes records and brings them into the index: their ids, and how long the latter took.
    async fn put(&self, records: &[Record]) -> (Vec<String>, Duration) {
        self.embedder.learn(records.iter());
        let new: Vec<_> = records.iter().map(new).collect();
        let written =
            self.service.create_records(&AccountId::default(), &self.memory, new, None, None).await.unwrap();
        assert!(written.iter().all(|outcome| outcome.failure.is_none()));
        let (collection, changes) = self.index.take(records.len()).await;
        let begun = SystemClock.elapsed();
        self.index.bring_in(&collection, changes).await;
        let taken = SystemClock.elapsed() - begun;
        (written.iter().map(|outcome| outcome.id.to_string()).collect(), taken)
    }
}

fn empty() -> NewMemory {
    NewMemory {
        account: AccountId::default(),
        name: MemoryName::parse("bench").unwrap(),
        description: None,
        event_expiry_days: 7,
        encryption_key_arn: None,
        execution_role_arn: None,
        managed_by: None,
        indexed_keys: Vec::new(),
        namespace_keys: Vec::new(),
        stream: None,
        strategies: Vec::new(),
        tags: BTreeMap::new(),
        token: None,
    }
}

fn new(record: &Record) -> NewRecord {
    NewRecord {
        request: "made-up".to_owned(),
        namespace: Some(Namespace::parse(&place(record.namespace)).unwrap()),
        text: record.text.clone(),
        timestamp: SystemClock.now(),
        strategy: None,
        metadata: BTreeMap::new(),
    }
}
