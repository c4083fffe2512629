//! Several batches in one transaction.
//!
//! A batch's conditions are looked at before its first write. One that does not hold its conditions has then written
//! nothing, so there is nothing to undo: a savepoint for each batch would copy every page that it touches.

use std::collections::HashMap;

use rusqlite::{Connection, TransactionBehavior};
use store::{Batch, Expect, Key, Revision, Space, StoreError, Write};

use crate::error::from_sqlite;
use crate::sql;

/// Commits the batches together; one result for each. When this returns, those that succeeded are on disk.
pub(super) fn commit(connection: &mut Connection, batches: &[Batch]) -> Vec<Result<Revision, StoreError>> {
    match together(connection, batches) {
        Ok(results) => results,
        Err(error) => match batches {
            [] => Vec::new(),
            [_] => vec![Err(from_sqlite(error))],
            // One batch that does not fit on the disk, say, must not fail its neighbours.
            many => many
                .iter()
                .map(|batch| match together(connection, std::slice::from_ref(batch)) {
                    Ok(mut results) => results.pop().expect("one result for each batch"),
                    Err(error) => Err(from_sqlite(error)),
                })
                .collect(),
        },
    }
}

/// All of them in one transaction; an error is one of the engine, and then nothing was written.
fn together(
    connection: &mut Connection,
    batches: &[Batch],
) -> rusqlite::Result<Vec<Result<Revision, StoreError>>> {
    // Dropped without a commit, a transaction is rolled back.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut last = sql::counter(&transaction)?;
    let mut results = Vec::with_capacity(batches.len());
    for batch in batches {
        let next = Revision(last.0 + 1);
        results.push(match unexpected(&transaction, batch, next)? {
            Some((space, key)) => Err(StoreError::Conflict { space, key: key.clone() }),
            None => {
                for write in batch.writes() {
                    apply(&transaction, write, next)?;
                }
                last = next;
                Ok(next)
            }
        });
    }
    if results.iter().any(Result::is_ok) {
        sql::set_counter(&transaction, last)?;
        transaction.commit()?;
    }
    Ok(results)
}

/// The first row that is not as the batch expects it to be at that step.
fn unexpected<'a>(
    connection: &Connection,
    batch: &'a Batch,
    revision: Revision,
) -> rusqlite::Result<Option<(Space, &'a Key)>> {
    // What the rows that earlier steps write will be: the database does not say that yet.
    let mut written = HashMap::new();
    for write in batch.writes() {
        let (space, key) = write.target();
        let row = (space.name(), key.as_str());
        if write.expect() != Expect::Any {
            let found = match written.get(&row) {
                Some(found) => *found,
                None => sql::revision_of(connection, space, key)?,
            };
            if !write.expect().holds(found) {
                return Ok(Some((space, key)));
            }
        }
        match write {
            Write::Put { .. } => written.insert(row, Some(revision)),
            Write::Delete { .. } => written.insert(row, None),
            Write::Check { .. } => None,
        };
    }
    Ok(None)
}

fn apply(connection: &Connection, write: &Write, revision: Revision) -> rusqlite::Result<()> {
    let (space, key) = write.target();
    match write {
        Write::Put { value, .. } => sql::put(connection, space, key, value, revision),
        Write::Delete { .. } => sql::delete(connection, space, key),
        Write::Check { .. } => Ok(()),
    }
}
