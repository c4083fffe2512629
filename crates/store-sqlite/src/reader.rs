//! Reading, on a few connections of its own, away from the asynchronous threads.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OpenFlags};
use store::StoreError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{OpenError, closed};

/// How many reads run at once. They are short: what waits longest is the disk.
const CONNECTIONS: u32 = 4;

/// Connections that can only read.
pub(crate) struct Readers {
    free: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

/// A connection in use. It goes back, and only then its permit, when the work on it is over: a caller that stops
/// waiting does not stop the work.
struct Borrowed {
    connection: Option<Connection>,
    free: Arc<Mutex<Vec<Connection>>>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(crate) fn open(database: &Path) -> Result<Self, OpenError> {
        let connections = (0..CONNECTIONS).map(|_| connect(database)).collect::<Result<Vec<_>, _>>()?;
        let permits = Arc::new(Semaphore::new(connections.len()));
        Ok(Self { free: Arc::new(Mutex::new(connections)), permits })
    }

    /// Runs `work` on a connection.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| closed())?;
        let connection = self.free.lock().expect("no holder of the pool's lock panics").pop();
        let borrowed = Borrowed { connection, free: self.free.clone(), _permit: permit };
        let running = tokio::task::spawn_blocking(move || {
            let connection = borrowed.connection.as_ref();
            work(connection.expect("there is a connection for each permit"))
        });
        running.await.map_err(|error| StoreError::Engine(Box::new(error)))?
    }

    /// Waits for the reads under way and closes the connections; later reads fail.
    pub(crate) async fn close(&self) {
        // An error means that this has been done before.
        if let Ok(_all) = self.permits.acquire_many(CONNECTIONS).await {
            self.permits.close();
            self.free.lock().expect("no holder of the pool's lock panics").clear();
        }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let mut free = self.free.lock().expect("no holder of the pool's lock panics");
        free.extend(self.connection.take());
    }
}

fn connect(database: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(database, flags)?)
}
