//! The statements, each in one place, on whichever connection.

use std::ops::Bound;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use store::{Key, KeyRange, Revision, Row, Space, StoreError};

use crate::error::from_sqlite;

pub(crate) fn get(connection: &Connection, space: Space, key: &Key) -> Result<Option<Row>, StoreError> {
    let mut query = connection
        .prepare_cached("SELECT key, value, revision FROM rows WHERE space = ?1 AND key = ?2")
        .map_err(from_sqlite)?;
    let found = query.query_row(params![space.name(), key.as_str().as_bytes()], raw).optional();
    found.map_err(from_sqlite)?.map(|raw| raw.row(space)).transpose()
}

/// Each of them, as of one moment.
pub(crate) fn get_many(
    connection: &Connection,
    space: Space,
    keys: &[Key],
) -> Result<Vec<Option<Row>>, StoreError> {
    let moment = connection.unchecked_transaction().map_err(from_sqlite)?;
    let rows = keys.iter().map(|key| get(&moment, space, key)).collect::<Result<_, _>>()?;
    moment.finish().map_err(from_sqlite)?;
    Ok(rows)
}

pub(crate) fn range(
    connection: &Connection,
    space: Space,
    range: &KeyRange,
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let (from, from_key) = match &range.from {
        Bound::Included(key) => ("AND key >= ?2", key.as_str()),
        Bound::Excluded(key) => ("AND key > ?2", key.as_str()),
        Bound::Unbounded => ("AND key >= ?2", ""),
    };
    let (to, to_key) = match &range.to {
        Bound::Included(key) => ("AND key <= ?3", key.as_str()),
        Bound::Excluded(key) => ("AND key < ?3", key.as_str()),
        // Always true, but names the parameter, so that every form takes the same four.
        Bound::Unbounded => ("AND ?3 IS NOT NULL", ""),
    };
    let text =
        format!("SELECT key, value, revision FROM rows WHERE space = ?1 {from} {to} ORDER BY key LIMIT ?4");
    let mut query = connection.prepare_cached(&text).map_err(from_sqlite)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let parameters = params![space.name(), from_key.as_bytes(), to_key.as_bytes(), limit];
    let rows = query.query_map(parameters, raw).map_err(from_sqlite)?;
    rows.map(|raw| raw.map_err(from_sqlite)?.row(space)).collect()
}

pub(crate) fn revision_of(
    connection: &Connection,
    space: Space,
    key: &Key,
) -> rusqlite::Result<Option<Revision>> {
    let mut query = connection.prepare_cached("SELECT revision FROM rows WHERE space = ?1 AND key = ?2")?;
    let found = query.query_row(params![space.name(), key.as_str().as_bytes()], |row| row.get::<_, i64>(0));
    Ok(found.optional()?.map(|revision| Revision(revision.cast_unsigned())))
}

pub(crate) fn put(
    connection: &Connection,
    space: Space,
    key: &Key,
    value: &[u8],
    revision: Revision,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("INSERT OR REPLACE INTO rows VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![space.name(), key.as_str().as_bytes(), value, revision.0.cast_signed()])?;
    Ok(())
}

pub(crate) fn delete(connection: &Connection, space: Space, key: &Key) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM rows WHERE space = ?1 AND key = ?2")?;
    statement.execute(params![space.name(), key.as_str().as_bytes()])?;
    Ok(())
}

/// The last revision given out.
pub(crate) fn counter(connection: &Connection) -> rusqlite::Result<Revision> {
    let mut query = connection.prepare_cached("SELECT revision FROM counter")?;
    query.query_row([], |row| row.get::<_, i64>(0)).map(|revision| Revision(revision.cast_unsigned()))
}

pub(crate) fn set_counter(connection: &Connection, revision: Revision) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE counter SET revision = ?1")?;
    statement.execute([revision.0.cast_signed()])?;
    Ok(())
}

/// A row as SQLite gives it.
struct Raw {
    key: Vec<u8>,
    value: Vec<u8>,
    revision: i64,
}

fn raw(row: &rusqlite::Row<'_>) -> rusqlite::Result<Raw> {
    Ok(Raw { key: row.get(0)?, value: row.get(1)?, revision: row.get(2)? })
}

impl Raw {
    fn row(self, space: Space) -> Result<Row, StoreError> {
        let key = String::from_utf8(self.key)
            .map_err(|error| StoreError::Damaged(format!("a key of {}: {error}", space.name())))?;
        Ok(Row {
            key: Key::from_stored(key),
            value: Bytes::from(self.value),
            revision: Revision(self.revision.cast_unsigned()),
        })
    }
}
