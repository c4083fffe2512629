//! Everything outside: a receiver that may be out of order, and one bucket.

use std::sync::Mutex;

use memory::outside::{Buckets, Courier, Notice};
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

    fn deliver<'a>(&'a self, _: &'a str, notice: &'a Notice) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if *self.out_of_order.lock().unwrap() {
                return Err("it is out of order".to_owned());
            }
            self.told.lock().unwrap().push(notice.body.clone());
            tokio::task::yield_now().await;
            Ok(())
        })
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
