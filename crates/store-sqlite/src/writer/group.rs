//! Several batches in one transaction.

use rusqlite::{Connection, Savepoint, Transaction, TransactionBehavior};
use store::{Batch, Key, Revision, Space, StoreError, Write};

use crate::error::from_sqlite;
use crate::sql;

/// Why a batch was undone.
enum Undone {
    Conflict(Space, Key),
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for Undone {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

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
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut last = sql::counter(&transaction)?;
    let mut results = Vec::with_capacity(batches.len());
    for batch in batches {
        let next = Revision(last.0 + 1);
        results.push(match apart(&mut transaction, batch, next) {
            Ok(()) => {
                last = next;
                Ok(next)
            }
            Err(Undone::Conflict(space, key)) => Err(StoreError::Conflict { space, key }),
            Err(Undone::Engine(error)) => return Err(error),
        });
    }
    if results.iter().any(Result::is_ok) {
        sql::set_counter(&transaction, last)?;
        transaction.commit()?;
    }
    Ok(results)
}

/// One batch, in a savepoint that is rolled back when it is dropped without a commit.
fn apart(transaction: &mut Transaction<'_>, batch: &Batch, revision: Revision) -> Result<(), Undone> {
    let savepoint = transaction.savepoint()?;
    for write in batch.writes() {
        apply(&savepoint, write, revision)?;
    }
    savepoint.commit()?;
    Ok(())
}

fn apply(savepoint: &Savepoint<'_>, write: &Write, revision: Revision) -> Result<(), Undone> {
    let (space, key) = write.target();
    let unconditional = write.expect() == store::Expect::Any;
    if !unconditional && !write.expect().holds(sql::revision_of(savepoint, space, key)?) {
        return Err(Undone::Conflict(space, key.clone()));
    }
    match write {
        Write::Put { value, .. } => sql::put(savepoint, space, key, value, revision)?,
        Write::Delete { .. } => sql::delete(savepoint, space, key)?,
        Write::Check { .. } => {}
    }
    Ok(())
}
