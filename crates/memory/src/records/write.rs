//! What writing a record means in rows.

use store::{Expect, Write};

use crate::model::{Definition, Record};
use crate::rows::{PLACES, RECORD_EXPIRIES, RECORD_USES, RECORDS, expiry_key, place_key, record_key};
use crate::service::Memory;

/// A change of what is remembered.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few at a time, on their way to the store")]
pub(crate) enum RecordChange {
    /// A record that was not there.
    Created(Record),
    /// A record that was there is another one now; its id and time of creation stay.
    Updated {
        /// What it was.
        before: Record,
        /// What it is.
        after: Record,
    },
    /// A record that is there no more.
    Removed(Record),
}

impl RecordChange {
    /// The record, as it is now or was last.
    pub(crate) fn record(&self) -> &Record {
        match self {
            Self::Created(record) | Self::Updated { after: record, .. } | Self::Removed(record) => record,
        }
    }
}

impl Memory {
    /// What to add to a batch so that these happen: records, their places and ends, marks for the index, and what
    /// the memory's stream is told. The batch fails if the memory is gone, or if a record that is changed or removed is
    /// not where it was any more. After the commit, call [`Memory::records_changed`].
    pub(crate) fn record_writes(&self, memory: &Definition, changes: &[RecordChange]) -> Vec<Write> {
        let mut writes = vec![memory.standing()];
        for change in changes {
            match change {
                RecordChange::Created(record) => writes.extend(put(memory, record, Expect::Absent)),
                RecordChange::Updated { before, after } => {
                    debug_assert_eq!((&before.id, before.created_at), (&after.id, after.created_at));
                    writes.push(PLACES.check(place_key(memory, before), Expect::Present));
                    writes.extend(end(memory, before));
                    if before.namespace != after.namespace {
                        writes.push(PLACES.delete(place_key(memory, before), Expect::Any));
                    }
                    writes.extend(put(memory, after, Expect::Present));
                }
                RecordChange::Removed(record) => {
                    let key = record_key(memory, &record.id);
                    writes.push(PLACES.delete(place_key(memory, record), Expect::Present));
                    writes.push(RECORDS.delete(key.clone(), Expect::Present));
                    writes.push(RECORD_USES.delete(key, Expect::Any));
                    writes.extend(end(memory, record));
                }
            }
            writes.push(memory.unindexed(&change.record().id));
        }
        writes.extend(self.stream_writes(memory, changes));
        writes
    }

    /// Wakes whoever follows records, after a commit of what [`Memory::record_writes`] gave.
    pub(crate) fn records_changed(&self) {
        self.0.unindexed.notify_one();
        self.notices_written();
    }
}

fn put(memory: &Definition, record: &Record, expect: Expect) -> Vec<Write> {
    let mut writes = vec![
        RECORDS.put(record_key(memory, &record.id), record, expect),
        PLACES.put(place_key(memory, record), &(), Expect::Any),
    ];
    if let Some((at, _)) = record.expiry {
        writes.push(RECORD_EXPIRIES.put(expiry_key(memory, &record.id, at), &(), Expect::Any));
    }
    writes
}

fn end(memory: &Definition, record: &Record) -> Option<Write> {
    let (at, _) = record.expiry?;
    Some(RECORD_EXPIRIES.delete(expiry_key(memory, &record.id, at), Expect::Any))
}
