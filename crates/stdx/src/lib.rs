//! What the standard library lacks: clocks, randomness, rates, byte streams, boxed futures. No project nouns.

pub mod clock;
pub mod rate;
pub mod rng;
pub mod stream;

use std::future::Future;
use std::pin::Pin;

/// A boxed future, so that traits with asynchronous methods stay usable as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use rate::{Buckets, Rate};
pub use rng::{Rng, SeededRng, SystemRng};
pub use stream::ByteStream;
