//! Closing what an earlier process left open.

use store::{Batch, Entry, Expect, KeyRange, Store, StoreError};

use crate::record::{OPEN, RECORDS, Row, record_key};

/// How many lives are closed in one batch.
const STEP: usize = 256;

/// Ends the lives that were under way when the process before this one died: their sandboxes died with it. What had
/// been written of them is what is charged. Returns how many there were.
pub(crate) async fn close_open(store: &dyn Store) -> Result<usize, StoreError> {
    let mut closed = 0;
    loop {
        let open = OPEN.list(store, &KeyRange::all(), STEP).await?;
        let last = open.len() < STEP;
        closed += open.len();
        let mut batch = Batch::new();
        for life in open {
            if let Some(record) = record_of(store, &life).await? {
                batch = batch.and(RECORDS.put(record.key, &closed_row(record.value), Expect::Any));
            }
            batch = batch.and(OPEN.delete(life.key, Expect::Any));
        }
        if !batch.writes().is_empty() {
            store.commit(batch).await?;
        }
        if last {
            return Ok(closed);
        }
    }
}

async fn record_of(store: &dyn Store, life: &Entry<i64>) -> Result<Option<Entry<Row>>, StoreError> {
    match record_key(&life.key, life.value) {
        Some(key) => RECORDS.get(store, &key).await,
        None => Ok(None),
    }
}

/// The record of a life that has ended. The first second is charged for however little of it there was.
fn closed_row(row: Row) -> Row {
    let first = row.seconds == 0 && row.from == row.started_at;
    let (seconds, memory_kib_seconds) =
        if first { (1, row.peak_kib) } else { (row.seconds, row.memory_kib_seconds) };
    Row { seconds, memory_kib_seconds, open: false, ..row }
}
