//! Adding a document, or putting another one in its place.

use bytes::Bytes;
use documents::{Format, Piece};
use fault::{Fault, FieldFault, Result};
use ids::{AccountId, MemoryId, MemoryRecordId, Namespace};
use stdx::ByteStream;
use store::{Batch, BlobInfo, Expect, claims};

use super::document::{Document, DocumentName};
use super::rows::{DOCUMENTS, PIECES, claimant, document_key, piece_key};
use crate::metadata::is_reserved;
use crate::model::{Definition, Origin, Record, RecordMetadata, RecordValue};
use crate::records::RecordChange;
use crate::service::{Memory, retry_on_conflict};

/// The most entries of a document's metadata.
const MOST_METADATA: usize = 15;
/// The most characters of a key,
const LONGEST_KEY: usize = 128;
/// and of a value.
const LONGEST_VALUE: usize = 256;

/// A document to be added.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// Its name. One of the same name is replaced.
    pub name: DocumentName,
    /// What it is written in.
    pub format: Format,
    /// What it says.
    pub content: Bytes,
    /// Where its pieces belong.
    pub namespace: Option<Namespace>,
    /// What its pieces can be filtered by; texts only.
    pub metadata: RecordMetadata,
}

impl Memory {
    /// Adds a document to a memory, or replaces the one of this name. When this returns its pieces are records.
    pub async fn put_document(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        document: NewDocument,
    ) -> Result<Document> {
        check(&document.metadata)?;
        // Before the work that reading is.
        self.definition(account, memory).await?;
        let pieces = self.0.outside.reader.read(document.format, document.content.clone()).await?;
        let content = self.0.blobs.put(ByteStream::from(document.content.clone())).await?;
        let put = retry_on_conflict(|| self.try_put(account, memory, &document, &pieces, &content)).await?;
        self.records_changed();
        self.created(account, memory, "PutDocument", pieces.len());
        Ok(put)
    }

    async fn try_put(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        new: &NewDocument,
        pieces: &[Piece],
        content: &BlobInfo,
    ) -> Result<Document> {
        let memory = self.definition(account, memory).await?;
        let key = document_key(&memory, &new.name);
        let old = DOCUMENTS.get(self.store(), &key).await?;
        let now = self.now();
        let document = Document {
            name: new.name.clone(),
            format: new.format,
            digest: content.digest.clone(),
            length: content.length,
            namespace: new.namespace.clone(),
            metadata: new.metadata.clone(),
            pieces: u32::try_from(pieces.len()).map_err(Fault::internal)?,
            created_at: old.as_ref().map_or(now, |old| old.value.created_at),
            updated_at: now,
        };
        let owner = claimant(account.as_str(), memory.id.as_str(), new.name.as_str());
        let expect = old.as_ref().map_or(Expect::Absent, |old| Expect::At(old.revision));
        let (mut changes, gone) = self.removed_pieces(&memory, &new.name).await?;
        let mut batch = Batch::new()
            .and(DOCUMENTS.put(key, &document, expect))
            .with(old.map(|old| claims::release(&old.value.digest, &owner)))
            .and(claims::claim(&document.digest, &owner))
            .with(gone);
        for (piece, number) in pieces.iter().zip(0..) {
            let record = self.record_of(&document, piece, number);
            batch = batch.and(PIECES.put(piece_key(&memory, &new.name, number), &record.id, Expect::Any));
            changes.push(RecordChange::Created(record));
        }
        self.store().commit(batch.with(self.record_writes(&memory, &changes))).await?;
        Ok(document)
    }

    /// A piece as a record. What stands above it is a part of its text, for it says what the piece is about.
    fn record_of(&self, document: &Document, piece: &Piece, number: u32) -> Record {
        let about = piece.trail.join(" > ");
        let text = if about.is_empty() { piece.text.clone() } else { format!("{about}\n\n{}", piece.text) };
        Record {
            id: MemoryRecordId::generate(&*self.0.rng),
            text,
            strategy: None,
            namespace: document.namespace.clone(),
            metadata: document.metadata.clone(),
            timestamp: document.updated_at,
            created_at: document.updated_at,
            updated_at: document.updated_at,
            expiry: None,
            origin: Origin::Document {
                document: document.name.to_string(),
                piece: number,
                trail: piece.trail.clone(),
            },
        }
    }
}

fn check(metadata: &RecordMetadata) -> Result<()> {
    let mut faults = Vec::new();
    let mut wrong = |name: String, message: String| faults.push(FieldFault { name, message });
    if metadata.len() > MOST_METADATA {
        wrong("metadata".to_owned(), format!("must be at most {MOST_METADATA} entries"));
    }
    for (key, value) in metadata {
        let fits = (1..=LONGEST_KEY).contains(&key.chars().count());
        if !fits || is_reserved(key) {
            wrong(
                format!("metadata.{key}"),
                format!("keys have 1 to {LONGEST_KEY} characters and are not the service's"),
            );
        }
        let is_text = matches!(value, RecordValue::Text(text) if text.chars().count() <= LONGEST_VALUE);
        if !is_text {
            wrong(format!("metadata.{key}"), format!("must be a text of at most {LONGEST_VALUE} characters"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Fault::fields(faults)) }
}

impl Definition {
    /// The fault of a document that a memory does not have.
    pub(super) fn no_document(&self, name: &DocumentName) -> Fault {
        Fault::not_found(format!("The memory {} has no document {name}.", self.id))
    }
}
