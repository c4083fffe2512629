//! The store on one SQLite file.

use std::path::Path;

use rusqlite::Connection;
use stdx::BoxFuture;
use store::{Batch, Key, KeyRange, Revision, Row, Space, Store, StoreError};

use crate::error::OpenError;
use crate::lock::Lock;
use crate::reader::Readers;
use crate::writer::Writer;
use crate::{directory, migrations, sql};

/// Bytes of a page, as SQLite has it unless told otherwise.
const PAGE: u32 = 4_096;

/// After so many pages the log is brought into the database.
const LOG_PAGES: u32 = 16_384;

/// Pages that the writer keeps in memory, at most.
const CACHED_PAGES: u32 = 4_096;

/// Rows in `store.db` of a data directory.
pub struct SqliteStore {
    // Fields are dropped in this order: the directory is let go of last.
    readers: Readers,
    writer: Writer,
    _lock: Lock,
}

impl SqliteStore {
    /// Opens the data directory, makes it if need be, and brings its schema up to date. Blocks on the disk.
    pub fn open(data: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Directory { path: data.to_owned(), source };
        directory::make(data).map_err(failed)?;
        let lock = Lock::take(data)?;
        let database = data.join("store.db");
        let mut connection = Connection::open(&database)?;
        configure(&connection)?;
        migrations::run(&mut connection)?;
        directory::flush(data).map_err(failed)?;
        let readers = Readers::open(&database)?;
        let writer = Writer::start(connection).map_err(failed)?;
        Ok(Self { readers, writer, _lock: lock })
    }

    /// Finishes what was handed in and closes the database. Later calls fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // With a write-ahead log, `synchronous=FULL` flushes the log in every commit: what was acknowledged is on disk.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // While the log is brought into the database, all who write wait. The seldomer that is, the fewer are met by it, and
    // the fewer pages are brought in that change again.
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    // To write where the file has been written before is faster than to make it longer, so it keeps its length, with
    // room for the pages' headers. What one huge transaction made of it is given back.
    connection.pragma_update(None, "journal_size_limit", LOG_PAGES * (PAGE + PAGE / 16))?;
    connection.pragma_update(None, "cache_size", CACHED_PAGES)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

impl Store for SqliteStore {
    fn get<'a>(&'a self, space: Space, key: &'a Key) -> BoxFuture<'a, Result<Option<Row>, StoreError>> {
        let key = key.clone();
        Box::pin(self.readers.run(move |connection| sql::get(connection, space, &key)))
    }

    fn get_many<'a>(
        &'a self,
        space: Space,
        keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Option<Row>>, StoreError>> {
        let keys = keys.to_vec();
        Box::pin(self.readers.run(move |connection| sql::get_many(connection, space, &keys)))
    }

    fn range<'a>(
        &'a self,
        space: Space,
        range: &'a KeyRange,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        let range = range.clone();
        Box::pin(self.readers.run(move |connection| sql::range(connection, space, &range, limit)))
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision, StoreError>> {
        Box::pin(self.writer.commit(batch))
    }
}
