//! Changes, from what is asked to what is true.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use inference::{EmbedderId, Embedding};
use search::{Change, Document};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, IndexWriter, TERMINATED};

use super::snapshot::{Snapshot, Vectors};
use super::state::{State, VectorState, vectors_name};
use super::{Collection, TEXT, Writing, flush};
use crate::error::Cause;
use crate::slots::{Slot, Slots};

/// A segment with more than this share of removed documents is rewritten.
const MOST_REMOVED: f32 = 0.3;

/// The last change of each id.
type Last<'a> = BTreeMap<&'a str, Option<&'a Document>>;

impl Collection {
    /// Applies changes. When this returns they are durable and found. When it fails, the collection has to be opened
    /// again: what is on the disk then decides whether they have happened, all of them or none.
    pub(crate) fn write(&self, changes: &[Change]) -> Result<(), Cause> {
        let mut writing = self.writing.lock().map_err(|_| Cause::Retired)?;
        if writing.retired {
            return Err(Cause::Retired);
        }
        let changes: Last<'_> = changes.iter().map(by_id).collect();
        let before = self.snapshot();
        let embedder = embedder(&before, &changes)?;
        let written = self.commit(&mut writing, &before, &changes, embedder);
        if written.is_err() {
            writing.retired = true;
            writing.writer = None;
        }
        written
    }

    fn commit(
        &self,
        writing: &mut Writing,
        before: &Arc<Snapshot>,
        changes: &Last<'_>,
        embedder: Option<Arc<EmbedderId>>,
    ) -> Result<(), Cause> {
        let mut state = writing.state.clone();
        let mut vectors = self.vectors(before, embedder, &mut state)?;
        let left = self.slots_of(before, changes.keys().copied())?;
        let coming = by_place(changes);
        let coming_vectors = || coming.iter().filter_map(|document| document.vector.as_ref());
        let slots = writing.free.take(coming_vectors().count());
        if let Some(vectors) = &mut vectors {
            store(vectors, &slots, coming_vectors())?;
            self.learn(before, vectors, &slots, &mut state)?;
        }
        let writer = self.writer(writing)?;
        let mut slots = slots.into_iter();
        for id in changes.keys() {
            writer.delete_term(self.fields.term(id));
        }
        for document in coming {
            let slot = document.vector.as_ref().and_then(|_| slots.next());
            writer.add_document(self.fields.document(document, slot))?;
        }
        let mut prepared = writer.prepare_commit()?;
        prepared.set_payload(&serde_json::to_string(&state)?);
        prepared.commit()?;
        self.committed.store(true, Ordering::Release);
        flush(&self.directory.join(TEXT))?;

        self.reader.reload()?;
        let snapshot = Snapshot::new(self.reader.searcher(), vectors, Some(before))?;
        let changed_file = !same_file(&snapshot, before);
        let before = self.publish(Arc::new(snapshot));
        writing.free.after(&before, if changed_file { Vec::new() } else { left });
        writing.state = state;
        Ok(())
    }

    /// The vectors as they are, or a file for the first ones.
    fn vectors(
        &self,
        before: &Snapshot,
        embedder: Option<Arc<EmbedderId>>,
        state: &mut State,
    ) -> Result<Option<Vectors>, Cause> {
        let has = before.vectors.as_ref();
        let Some(embedder) = embedder.filter(|came| has.is_none_or(|has| has.embedder != *came)) else {
            return Ok(has.cloned());
        };
        let file = state.next_file();
        let size = embedder.dimension * 4;
        let slots = Slots::create(&self.directory.join(vectors_name(file)), &[], size)?;
        slots.flush()?;
        flush(&self.directory)?;
        state.vectors = Some(VectorState { file, embedder: (*embedder).clone(), codes: None });
        Ok(Some(Vectors { embedder, file: Arc::new(slots), codes: None }))
    }

    /// The slots of those of these ids that are there.
    fn slots_of<'a>(
        &self,
        snapshot: &Snapshot,
        ids: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<Slot>, Cause> {
        let mut slots = Vec::new();
        if snapshot.vectors.is_none() {
            return Ok(slots);
        }
        for id in ids {
            let term = self.fields.term(id);
            for (ordinal, segment) in (0..).zip(snapshot.searcher.segment_readers()) {
                let index = segment.inverted_index(self.fields.marks)?;
                let Some(mut postings) = index.read_postings(&term, IndexRecordOption::Basic)? else {
                    continue;
                };
                while postings.doc() != TERMINATED {
                    if !segment.is_deleted(postings.doc()) {
                        slots.extend(snapshot.slot((ordinal, postings.doc())));
                    }
                    postings.advance();
                }
            }
        }
        Ok(slots)
    }

    fn writer<'a>(&self, writing: &'a mut Writing) -> Result<&'a mut IndexWriter, Cause> {
        if writing.writer.is_none() {
            let options = IndexWriterOptions::builder()
                .num_worker_threads(1)
                .num_merge_threads(1)
                .memory_budget_per_thread(self.options.writer_memory)
                .build();
            let writer = self.index.writer_with_options(options)?;
            let mut policy = LogMergePolicy::default();
            policy.set_del_docs_ratio_before_merge(MOST_REMOVED);
            writer.set_merge_policy(Box::new(policy));
            writing.writer = Some(writer);
        }
        Ok(writing.writer.as_mut().expect("it has just been made"))
    }
}

fn by_id(change: &Change) -> (&str, Option<&Document>) {
    match change {
        Change::Put(document) => (&document.id, Some(document)),
        Change::Remove(id) => (id, None),
    }
}

/// Documents of one place are often sought together: let them lie together.
fn by_place<'a>(changes: &Last<'a>) -> Vec<&'a Document> {
    let mut documents: Vec<_> = changes.values().flatten().copied().collect();
    documents.sort_by_key(|document| &document.place);
    documents
}

/// Whose vectors come, if any do and they may.
fn embedder(before: &Snapshot, changes: &Last<'_>) -> Result<Option<Arc<EmbedderId>>, Cause> {
    let has = before.vectors.as_ref().filter(|_| before.count_vectors() > 0).map(|vectors| &vectors.embedder);
    let mut first: Option<&Embedding> = None;
    for vector in changes.values().flatten().filter_map(|document| document.vector.as_ref()) {
        let expected = has.or(first.map(|first| &first.embedder)).unwrap_or(&vector.embedder);
        if *expected != vector.embedder {
            let (has, came) = (Box::new((**expected).clone()), Box::new((*vector.embedder).clone()));
            return Err(Cause::OtherEmbedder { has, came });
        }
        if vector.vector.len() != vector.embedder.dimension || vector.vector.is_empty() {
            return Err(Cause::Refused("a vector has not as many numbers as its embedder says"));
        }
        if !vector.vector.iter().all(|number| number.is_finite()) {
            return Err(Cause::Refused("a vector has numbers that are none"));
        }
        first = first.or(Some(vector));
    }
    Ok(first.map(|first| Arc::clone(&first.embedder)))
}

/// Writes vectors, and their codes if there are any, into free slots.
fn store<'a>(
    vectors: &mut Vectors,
    slots: &[Slot],
    coming: impl Iterator<Item = &'a Embedding>,
) -> Result<(), Cause> {
    let (mut entries, mut codes) = (Vec::new(), Vec::new());
    for (slot, embedding) in slots.iter().zip(coming) {
        let bytes = embedding.vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        entries.push((*slot, bytes));
        codes.extend(vectors.codes.as_ref().map(|codes| (*slot, codes.encode(&embedding.vector))));
    }
    vectors.file.write(&entries)?;
    vectors.file.flush()?;
    if let Some(known) = &mut vectors.codes {
        known.write(&codes)?;
        known.flush()?;
    }
    Ok(())
}

fn same_file(one: &Snapshot, other: &Snapshot) -> bool {
    match (&one.vectors, &other.vectors) {
        (Some(one), Some(other)) => Arc::ptr_eq(&one.file, &other.file),
        _ => false,
    }
}
