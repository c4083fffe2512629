//! From marks to documents.

use std::collections::BTreeMap;

use ::search::{Change, Document, SearchError};
use fault::{Fault, Kind, Result};
use ids::{AccountId, MemoryId, MemoryRecordId};
use inference::Purpose;
use store::{Batch, Entry, Expect, Key, KeyRange, StoreError, Table, Write};

use super::document::document;
use super::embedder::Embedded;
use super::worker::Look;
use super::{Shelf, collection, memory_of};
use crate::extraction::meaning;
use crate::model::Record;
use crate::recent::Trace;
use crate::rows::{RECORDS, UNEMBEDDED, UNINDEXED};
use crate::service::{Memory, report};

/// How many records are taken up together: many, because a large change of the index costs little more than a small
/// one; fewer where each is embedded first, so that nothing is found much later than it was written.
const STEP: usize = 2_000;
const STEP_OF_EMBEDDING: usize = 256;

/// That the index has something to learn of a record.
type Mark = Entry<()>;

/// What is known of a record to be indexed.
pub(super) struct Wanted {
    pub(super) id: MemoryRecordId,
    /// Its row; none if it is no more.
    pub(super) record: Option<Record>,
}

impl Memory {
    /// Brings everything that is marked into the index.
    pub(super) async fn index_marked(&self) -> Result<Look> {
        self.each_memory(&UNINDEXED).await
    }

    /// Embeds what could not be embedded when it was indexed, if there is an embedder that may answer now.
    pub(super) async fn embed_later(&self) -> Result<Look> {
        if self.0.embedder.may_answer(self.now()) {
            self.each_memory(&UNEMBEDDED).await
        } else {
            Ok(Look::Done)
        }
    }

    /// How many records to take up together.
    pub(super) fn index_step(&self) -> usize {
        if self.0.embedder.may_answer(self.now()) { STEP_OF_EMBEDDING } else { STEP }
    }

    /// Goes through all marks once. A memory whose collection cannot be written keeps its own marks, and does not keep
    /// others from being found.
    async fn each_memory(&self, table: &Table<()>) -> Result<Look> {
        let mut range = KeyRange::all();
        let mut failure = None;
        loop {
            let step = self.index_step();
            let marks = table.list(self.store(), &range, step).await?;
            let Some(last) = marks.last() else { break };
            range = range.after(last.key.clone());
            let last_page = marks.len() < step;
            for ((account, memory), marks) in by_memory(marks)? {
                let taken = if table.space() == UNINDEXED.space() {
                    self.index(&account, &memory, &marks).await
                } else {
                    self.embed_indexed(&account, &memory, &marks).await
                };
                if let Err(error) = taken {
                    report(&error, "records could not be brought into the search index");
                    failure = Some(error);
                }
                self.0.indexed.notify_waiters();
            }
            if last_page || self.0.stopping.is_cancelled() {
                break;
            }
        }
        failure.map_or(Ok(Look::Done), Err)
    }

    /// Brings marked records of a memory into the index, and notes what has to be embedded later.
    async fn index(&self, account: &AccountId, memory: &MemoryId, marks: &[Mark]) -> Result<()> {
        let wanted = self.wanted(marks).await?;
        let embedded = self.embed_wanted(account, &wanted).await;
        let later = later(account, memory, &wanted, &embedded);
        self.write_everywhere(account, memory, &wanted, &embedded).await?;
        self.take_away(&UNINDEXED, marks, later).await?;
        for record in wanted {
            self.0.recent.note(account, memory, self.now(), Trace::Record(record.id));
        }
        Ok(())
    }

    /// Writes records again that have no vector yet, if they can have one now.
    async fn embed_indexed(&self, account: &AccountId, memory: &MemoryId, marks: &[Mark]) -> Result<()> {
        let wanted = self.wanted(marks).await?;
        let embedded = self.embed_wanted(account, &wanted).await;
        if !matches!(embedded, Embedded::Vectors(_)) {
            return Ok(());
        }
        self.write_everywhere(account, memory, &wanted, &embedded).await?;
        self.take_away(&UNEMBEDDED, marks, Vec::new()).await
    }

    /// Writes records to the collection that is searched and to the one that is to take its place.
    async fn write_everywhere(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        wanted: &[Wanted],
        embedded: &Embedded,
    ) -> Result<()> {
        for generation in self.generations(account, memory).await? {
            if !self.write_records(account, memory, generation, wanted, embedded).await? {
                // Writing the collection anew takes up every row as it is then.
                self.want_rebuild(account, memory, Some(generation)).await?;
            }
        }
        Ok(())
    }

    async fn wanted(&self, marks: &[Mark]) -> Result<Vec<Wanted>> {
        let keys: Vec<_> = marks.iter().map(|mark| mark.key.clone()).collect();
        let rows = RECORDS.get_many(self.store(), &keys).await?;
        let wanted = keys.iter().zip(rows).map(|(key, row)| {
            let id = MemoryRecordId::parse(key.last()).map_err(Fault::internal)?;
            Ok(Wanted { id, record: row.map(|row| row.value) })
        });
        wanted.collect()
    }

    /// A vector for each record that there is.
    pub(super) async fn embed_wanted(&self, account: &AccountId, wanted: &[Wanted]) -> Embedded {
        let records = wanted.iter().filter_map(|wanted| wanted.record.as_ref());
        let texts: Vec<String> = records.map(|record| meaning(record).into_owned()).collect();
        match texts.as_slice() {
            [] => Embedded::Vectors(Vec::new()),
            texts => self.embed(account, texts, Purpose::Document).await,
        }
    }

    /// Writes what records are now to this generation of the collection. Says whether it can be used: one that is
    /// damaged or has vectors of another embedder has to be written anew.
    pub(super) async fn write_records(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        generation: u32,
        wanted: &[Wanted],
        embedded: &Embedded,
    ) -> Result<bool> {
        let vectors = match embedded {
            Embedded::Vectors(vectors) => vectors.as_slice(),
            Embedded::Never | Embedded::Later => &[],
        };
        let mut vectors = vectors.iter();
        let changes = wanted.iter().map(|wanted| match &wanted.record {
            Some(record) => Change::Put(document(record, vectors.next().cloned().flatten())),
            None => Change::Remove(wanted.id.to_string()),
        });
        let changes: Vec<Change> = changes.collect();
        let collection = collection(account, memory, Shelf::Records, generation);
        match self.0.index.write(&collection, changes.clone()).await {
            Ok(()) => Ok(true),
            Err(error @ SearchError::Damaged { .. }) => {
                tracing::error!(%error, "a search index has to be written anew");
                Ok(false)
            }
            // Until it is written anew, they are found by their words.
            Err(error @ SearchError::OtherEmbedder { .. }) => {
                tracing::warn!(%error, "a search index has to be written anew");
                self.0.index.write(&collection, without_vectors(changes)).await.map_err(unwritten)?;
                Ok(false)
            }
            Err(error) => Err(unwritten(error)),
        }
    }

    /// Removes marks that are done, unless something was marked again meanwhile: that has to be done again.
    async fn take_away(&self, table: &Table<()>, marks: &[Mark], with: Vec<Write>) -> Result<()> {
        let away = |mark: &Mark| table.delete(mark.key.clone(), Expect::At(mark.revision));
        let all = Batch::new().with(with.clone()).with(marks.iter().map(away));
        match self.store().commit(all).await {
            Ok(_) => return Ok(()),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.store().commit(Batch::new().with(with)).await?;
        for mark in marks {
            match self.store().commit(Batch::new().and(away(mark))).await {
                Ok(_) | Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Notes of the records that have no vector because no embedder answered.
pub(super) fn later(
    account: &AccountId,
    memory: &MemoryId,
    wanted: &[Wanted],
    embedded: &Embedded,
) -> Vec<Write> {
    if matches!(embedded, Embedded::Vectors(_)) {
        return Vec::new();
    }
    let records = wanted.iter().filter(|wanted| wanted.record.is_some());
    let keys = records.map(|wanted| Key::of([account.as_str(), memory.as_str(), wanted.id.as_str()]));
    keys.map(|key| UNEMBEDDED.put(key, &(), Expect::Any)).collect()
}

fn by_memory(marks: Vec<Mark>) -> Result<BTreeMap<(AccountId, MemoryId), Vec<Mark>>> {
    let mut memories: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for mark in marks {
        memories.entry(memory_of(&mark.key)?).or_default().push(mark);
    }
    Ok(memories)
}

fn without_vectors(changes: Vec<Change>) -> Vec<Change> {
    let without = |change| match change {
        Change::Put(document) => Change::Put(Document { vector: None, ..document }),
        Change::Remove(id) => Change::Remove(id),
    };
    changes.into_iter().map(without).collect()
}

fn unwritten(error: SearchError) -> Fault {
    Fault::new(Kind::Unavailable, "The search index cannot be written at the moment.").because(error)
}
