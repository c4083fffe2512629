//! What the service reaches beside rows, contents, models and the index: what it tells others, and whose help it takes.

use std::sync::Arc;

use bytes::Bytes;
use documents::{Format, Limits, Piece, ReadError};
use fault::{Fault, Result, ValidationReason};
use ids::MemoryArn;
use serde_json::Value;
use stdx::BoxFuture;
use store::{BlobInfo, Write};

/// What the service reaches outside of itself.
#[derive(Clone)]
pub struct Outside {
    /// Takes notices to those who follow records or run strategies of their own.
    pub courier: Arc<dyn Courier>,
    /// Where conversations for strategies that their owners run are put.
    pub buckets: Arc<dyn Buckets>,
    /// Reads documents.
    pub reader: Arc<dyn Reader>,
    /// Counts what happens beside what requests show.
    pub observer: Arc<dyn Observer>,
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What it is known by; the same each time that it is told.
    pub id: String,
    /// What it says.
    pub body: Value,
}

/// Takes notices to where the configuration says that they go.
pub trait Courier: Send + Sync + 'static {
    /// Whether the configuration says where notices to this ARN go. That does not change while the service runs.
    fn knows(&self, to: &str) -> bool;

    /// Takes a notice there. When this returns it is in safe hands.
    fn deliver<'a>(&'a self, to: &'a str, notice: &'a Notice) -> BoxFuture<'a, Result<(), Undeliverable>>;
}

/// Why a notice was not delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undeliverable {
    /// For people. Names no secret.
    pub reason: String,
    /// Whether it will be so until somebody changes where notices go, or what they are met with there.
    pub misconfigured: bool,
}

/// Counts what happens beside what requests show.
pub trait Observer: Send + Sync + 'static {
    /// A change of a record was to be told to a memory's stream.
    fn streamed(&self, memory: &MemoryArn, told: Result<(), &Undeliverable>);

    /// An operation, or a step of learning, has made so many events or records.
    fn created(&self, memory: &MemoryArn, by: &'static str, count: u64);

    /// A step of learning took so many tokens of a model, read and written.
    fn learned(&self, memory: &MemoryArn, step: &'static str, tokens: u64);
}

/// Keeps objects in buckets.
pub trait Buckets: Send + Sync + 'static {
    /// What to write so that a stored content is the object of this key; or why it cannot be.
    fn placing<'a>(
        &'a self,
        bucket: &'a str,
        key: &'a str,
        content: BlobInfo,
    ) -> BoxFuture<'a, Result<Vec<Write>, String>>;
}

/// Reads documents from strangers where that does no harm.
pub trait Reader: Send + Sync + 'static {
    /// A document's pieces. What cannot be read is [`refused`].
    fn read(&self, format: Format, content: Bytes) -> BoxFuture<'_, Result<Vec<Piece>>>;
}

/// How a document is refused that cannot be read.
pub fn refused(error: ReadError) -> Fault {
    Fault::invalid(ValidationReason::FieldValidationFailed, format!("The document cannot be kept: {error}."))
        .because(error)
}

/// Knows nobody.
struct Nowhere;

impl Courier for Nowhere {
    fn knows(&self, _: &str) -> bool {
        false
    }

    fn deliver<'a>(&'a self, to: &'a str, _: &'a Notice) -> BoxFuture<'a, Result<(), Undeliverable>> {
        Box::pin(std::future::ready(Err(Undeliverable::unknown(to))))
    }
}

impl Undeliverable {
    /// Nothing says where notices to this ARN go.
    pub fn unknown(to: &str) -> Self {
        Self { reason: format!("nothing says where notices to {to} go"), misconfigured: true }
    }
}

impl Observer for Nowhere {
    fn streamed(&self, _: &MemoryArn, _: Result<(), &Undeliverable>) {}

    fn created(&self, _: &MemoryArn, _: &'static str, _: u64) {}

    fn learned(&self, _: &MemoryArn, _: &'static str, _: u64) {}
}

impl Buckets for Nowhere {
    fn placing<'a>(
        &'a self,
        bucket: &'a str,
        _: &'a str,
        _: BlobInfo,
    ) -> BoxFuture<'a, Result<Vec<Write>, String>> {
        Box::pin(std::future::ready(Err(format!("The bucket {bucket} does not exist."))))
    }
}

/// Reads in this process, where a hostile document does all the harm that it can.
pub struct ReadHere;

impl Reader for ReadHere {
    fn read(&self, format: Format, content: Bytes) -> BoxFuture<'_, Result<Vec<Piece>>> {
        let work = move || documents::read(format, &content, &Limits::default());
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(work).await.unwrap_or(Err(ReadError::TooMuchWork));
            read.map_err(refused)
        })
    }
}

impl Default for Outside {
    /// Notices wait, no bucket exists, documents are read in this process, and nobody counts.
    fn default() -> Self {
        Self {
            courier: Arc::new(Nowhere),
            buckets: Arc::new(Nowhere),
            reader: Arc::new(ReadHere),
            observer: Arc::new(Nowhere),
        }
    }
}
