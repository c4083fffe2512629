//! Everything outside: a receiver that may be out of order, and one bucket.

use std::collections::BTreeMap;
use std::sync::Mutex;

use ids::MemoryArn;
use memory::outside::{Buckets, Courier, Notice, Observer, Undeliverable};
use serde_json::Value;
use stdx::BoxFuture;
use store::{BlobInfo, Expect, Key, Space, Write};

/// The ARNs that the configuration knows begin so.
pub(crate) const KNOWN: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/known";
/// The one bucket that there is.
pub(crate) const BUCKET: &str = "conversations";
/// Where its objects are.
pub(crate) const OBJECTS: Space = Space::new("test-objects");

/// Remembers what it was told.
#[derive(Default)]
pub(crate) struct Receiver {
    told: Mutex<Vec<Value>>,
    out_of_order: Mutex<bool>,
}

impl Receiver {
    /// What came since this was asked last.
    pub(crate) fn told(&self) -> Vec<Value> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    pub(crate) fn is_out_of_order(&self, it_is: bool) {
        *self.out_of_order.lock().unwrap() = it_is;
    }
}

impl Courier for Receiver {
    fn knows(&self, to: &str) -> bool {
        to.starts_with(KNOWN)
    }

    fn deliver<'a>(&'a self, _: &'a str, notice: &'a Notice) -> BoxFuture<'a, Result<(), Undeliverable>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if *self.out_of_order.lock().unwrap() {
                let reason = "it is out of order".to_owned();
                return Err(Undeliverable { reason, misconfigured: false });
            }
            self.told.lock().unwrap().push(notice.body.clone());
            tokio::task::yield_now().await;
            Ok(())
        })
    }
}

/// What was counted: how it was with streams, what was made, and tokens by step.
#[derive(Default)]
pub(crate) struct Counts {
    streamed: Mutex<BTreeMap<&'static str, u64>>,
    created: Mutex<BTreeMap<&'static str, u64>>,
    tokens: Mutex<BTreeMap<&'static str, u64>>,
}

impl Counts {
    /// How often streams were told, were not, and could not be as they are configured.
    pub(crate) fn streamed(&self) -> [u64; 3] {
        let counts = self.streamed.lock().unwrap();
        ["told", "failed", "misconfigured"].map(|how| counts.get(how).copied().unwrap_or(0))
    }

    /// Events and records by what made them.
    pub(crate) fn created(&self) -> Vec<(&'static str, u64)> {
        self.created.lock().unwrap().iter().map(|(by, count)| (*by, *count)).collect()
    }

    /// Tokens by step.
    pub(crate) fn tokens(&self) -> BTreeMap<&'static str, u64> {
        self.tokens.lock().unwrap().clone()
    }
}

impl Observer for Counts {
    fn streamed(&self, memory: &MemoryArn, told: Result<(), &Undeliverable>) {
        assert_eq!(memory.account, ids::AccountId::default());
        let how = match told {
            Ok(()) => "told",
            Err(undeliverable) if undeliverable.misconfigured => "misconfigured",
            Err(_) => "failed",
        };
        *self.streamed.lock().unwrap().entry(how).or_default() += 1;
    }

    fn created(&self, _: &MemoryArn, by: &'static str, count: u64) {
        *self.created.lock().unwrap().entry(by).or_default() += count;
    }

    fn learned(&self, _: &MemoryArn, step: &'static str, tokens: u64) {
        *self.tokens.lock().unwrap().entry(step).or_default() += tokens;
    }
}

/// One bucket, whose objects are rows with the digests of contents.
pub(crate) struct OneBucket;

impl Buckets for OneBucket {
    fn placing<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content: BlobInfo,
    ) -> BoxFuture<'a, Result<Vec<Write>, String>> {
        let placed = match bucket {
            BUCKET => Ok(vec![Write::Put {
                space: OBJECTS,
                key: Key::of([bucket, key]),
                value: content.digest.to_string().into(),
                expect: Expect::Any,
            }]),
            other => Err(format!("there is no bucket {other}")),
        };
        Box::pin(std::future::ready(placed))
    }
}
