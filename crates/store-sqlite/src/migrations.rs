//! The schema, as the steps that led to it. A step is never changed once it was released.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::OpenError;

const STEPS: &[&str] = &[
    // Keys are blobs because SQLite compares blobs by their bytes, NULs included.
    "CREATE TABLE rows (
        space TEXT NOT NULL,
        key BLOB NOT NULL,
        value BLOB NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (space, key)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE counter (revision INTEGER NOT NULL) STRICT;
     INSERT INTO counter VALUES (0);",
];

/// Brings the database to the newest schema, one transaction a step.
pub(crate) fn run(connection: &mut Connection) -> Result<(), OpenError> {
    let found: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = STEPS.get(found..) else {
        return Err(OpenError::Newer { found, known: STEPS.len() });
    };
    for (step, version) in missing.iter().zip(found + 1..) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}
