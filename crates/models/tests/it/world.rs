//! A store and a clock that outlive the process on them, and a file that the test writes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use inference::{Answer, Attribution, ErrorKind, Inference as _, Message, ModelError, Request, Role};
use models::{
    Alias, Budget, By, CallRecord, Catalog, KnownEmbedder, KnownProvider, ModelPrice, Models, Money,
    Observer, Options, Parts, Per, Prices, Scope, Source, Summary, Target, UsageQuery,
};
use stdx::{ManualClock, SeededRng, Timestamp};
use store::Store;
use store::memory::MemoryStore;

use crate::player::{Lengths, Player};

/// 2026-12-31T22:00:00Z: two hours before a day, a month and a year are over.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_798_754_400_000);
/// Longer than anything takes here unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) players: BTreeMap<&'static str, Player>,
    pub(crate) file: Arc<File>,
    pub(crate) seen: Arc<Seen>,
    /// Every process has a chance of its own.
    pub(crate) starts: AtomicU64,
}

/// What the models file says, for as long as nobody has read it.
#[derive(Default)]
pub(crate) struct File(pub(crate) Mutex<Option<Result<Catalog, String>>>);

impl Source for File {
    fn read(&self) -> Option<Result<Catalog, String>> {
        self.0.lock().unwrap().take()
    }
}

/// What the observer was told.
#[derive(Default)]
pub(crate) struct Seen(pub(crate) Mutex<Vec<CallRecord>>);

impl Observer for Seen {
    fn call(&self, record: &CallRecord, _: &str) {
        self.0.lock().unwrap().push(record.clone());
    }
}

impl World {
    /// With the providers `a`, `b` and `c`.
    pub(crate) fn new() -> Self {
        let players = ["a", "b", "c"].map(|name| (name, Player::default()));
        Self {
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(ManualClock::at(START)),
            players: players.into(),
            file: Arc::default(),
            seen: Arc::default(),
            starts: AtomicU64::new(1),
        }
    }

    pub(crate) fn player(&self, name: &str) -> &Player {
        &self.players[name]
    }

    /// A catalog in which `default` is these sets of providers, and the embedder `lengths`. Every model costs a
    /// thousandth a token.
    pub(crate) fn catalog(&self, sets: &[&[&str]], budgets: &[Budget]) -> Catalog {
        let target =
            |name: &&str| Target { provider: (*name).to_owned(), model: format!("model-{name}"), weight: 1 };
        let sets = sets.iter().map(|set| set.iter().map(target).collect()).collect();
        let alias = Alias { sets, ..Alias::default() };
        let price = Money::parse("1000").unwrap();
        let price = ModelPrice { input: price, output: price, cache_read: price, cache_write: price };
        let known = |player: &Player| KnownProvider {
            kind: "openai",
            system: "openai",
            free: false,
            provider: Arc::new(player.clone()),
        };
        let lengths = KnownEmbedder {
            kind: "local",
            system: "local",
            provider: "local".to_owned(),
            model: "lengths".to_owned(),
            free: true,
            embedder: Arc::new(Lengths),
        };
        Catalog {
            providers: self
                .players
                .iter()
                .map(|(name, player)| ((*name).to_owned(), known(player)))
                .collect(),
            aliases: BTreeMap::from([("default".to_owned(), alias)]),
            embedders: BTreeMap::from([("lengths".to_owned(), lengths)]),
            prices: Prices {
                currency: "USD".to_owned(),
                models: self.players.keys().map(|name| (format!("{name}/model-{name}"), price)).collect(),
            },
            budgets: budgets.to_vec(),
        }
    }

    pub(crate) fn write(&self, file: Result<Catalog, String>) {
        *self.file.0.lock().unwrap() = Some(file);
    }

    pub(crate) async fn start(&self, sets: &[&[&str]], budgets: &[Budget]) -> Models {
        self.write(Ok(self.catalog(sets, budgets)));
        Models::start(Parts {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock) as _,
            rng: Arc::new(SeededRng::new(self.starts.fetch_add(1, Ordering::Relaxed))),
            source: Arc::clone(&self.file) as _,
            observer: Arc::clone(&self.seen) as _,
            options: Options::default(),
        })
        .await
        .unwrap()
    }

    /// The records in the store, once there are so many.
    pub(crate) async fn records(&self, count: usize) -> Vec<CallRecord> {
        let begun = Instant::now();
        loop {
            let rows = self
                .store
                .range(store::Space::new("model-usage"), &store::KeyRange::all(), 9_999)
                .await
                .unwrap();
            if rows.len() >= count {
                assert_eq!(rows.len(), count, "more records than calls");
                return rows.iter().map(|row| serde_json::from_slice(&row.value).unwrap()).collect();
            }
            assert!(begun.elapsed() < PATIENCE, "{} of {count} records are written", rows.len());
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn only_record(&self) -> CallRecord {
        self.records(1).await.pop().unwrap()
    }

    pub(crate) fn hours(&self, hours: u64) {
        self.clock.advance(Duration::from_hours(hours));
    }
}

pub(crate) fn whom() -> Attribution {
    Attribution {
        account: "000000000000".to_owned(),
        agent: Some("weather".to_owned()),
        session: Some("s1".to_owned()),
        user: Some("anna".to_owned()),
    }
}

/// A request of 104 tokens by our guess.
pub(crate) fn request() -> Request {
    Request {
        model: "default".to_owned(),
        messages: vec![Message::text(Role::User, "x".repeat(400))],
        ..Request::default()
    }
}

/// Asks, and hears everything.
pub(crate) async fn ask(models: &Models) -> Result<String, ModelError> {
    let events = models.converse(request(), &whom()).await?;
    Answer::collect(events).await.map(|answer| answer.message.plain_text())
}

pub(crate) async fn fails(models: &Models) -> ErrorKind {
    ask(models).await.unwrap_err().kind().clone()
}

pub(crate) async fn summary(models: &Models, by: By) -> Summary {
    let query = UsageQuery { account: whom().account, from: None, until: None, by };
    models.usage(&query).await.unwrap()
}

pub(crate) fn budget(name: &str, limit: &str, per: Per, scope: Scope) -> Budget {
    Budget { name: name.to_owned(), limit: Money::parse(limit).unwrap(), per, scope }
}
