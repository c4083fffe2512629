//! A content on its way in.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use stdx::ByteStream;
use store::{BlobHasher, BlobInfo, StoreError};

use super::{DirectoryBlobs, InFlight, path_of, shard_of};
use crate::directory;

/// How much is gathered before it is hashed and written in one go, away from the asynchronous threads.
const GATHER: usize = 512 << 10;

const DIRECTORY: &str = "incoming";

/// Makes the directories and removes what was being written when the last server ended.
pub(super) fn prepare(root: &Path) -> io::Result<()> {
    let incoming = root.join(DIRECTORY);
    directory::make(&incoming)?;
    for file in std::fs::read_dir(&incoming)? {
        std::fs::remove_file(file?.path())?;
    }
    Ok(())
}

/// A file that goes away unless it is kept.
pub(super) struct Incoming {
    name: String,
    path: PathBuf,
    file: File,
    hasher: BlobHasher,
    settled: bool,
    kept: bool,
    in_flight: InFlight,
}

impl Incoming {
    fn create(root: &Path, name: String, in_flight: InFlight) -> io::Result<Self> {
        let path = root.join(DIRECTORY).join(&name);
        // Nobody may change a blob; the handle at hand may still write.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&path)?;
        in_flight.lock().expect("no holder of the set's lock panics").insert(name.clone());
        Ok(Self { name, path, file, hasher: BlobHasher::default(), settled: false, kept: false, in_flight })
    }

    fn write(mut self, chunks: &[Bytes]) -> io::Result<Self> {
        for chunk in chunks {
            self.hasher.update(chunk);
            self.file.write_all(chunk)?;
        }
        Ok(self)
    }

    pub(super) fn info(&self) -> BlobInfo {
        self.hasher.clone().finish()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Moves the file to where its blob's row will say that it is; when this returns that survives a power loss.
    pub(super) fn settle(mut self, root: &Path) -> io::Result<Self> {
        if self.settled {
            return Ok(self);
        }
        self.file.sync_all()?;
        let digest = self.info().digest;
        let shard = shard_of(root, &digest);
        directory::make(&shard)?;
        let settled = path_of(root, &digest, &self.name);
        std::fs::rename(&self.path, &settled)?;
        (self.path, self.settled) = (settled, true);
        directory::flush(&shard)?;
        Ok(self)
    }

    /// Its row is written.
    pub(super) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now is removed at the next start or by the next collection.
            let _ = std::fs::remove_file(&self.path);
        }
        self.in_flight.lock().expect("no holder of the set's lock panics").remove(&self.name);
    }
}

impl DirectoryBlobs {
    /// Writes the content to a file of its own, hashing it as it passes.
    pub(super) async fn receive(&self, mut content: ByteStream) -> Result<Incoming, StoreError> {
        let (name, in_flight) = (self.rng.uuid(), self.in_flight.clone());
        let mut incoming = self.blocking(move |root| Incoming::create(root, name, in_flight)).await?;
        loop {
            let (mut chunks, mut size) = (Vec::new(), 0);
            while size < GATHER
                && let Some(chunk) = content.next().await
            {
                let chunk = chunk.map_err(StoreError::Source)?;
                size += chunk.len();
                chunks.push(chunk);
            }
            if !chunks.is_empty() {
                incoming = self.blocking(move |_| incoming.write(&chunks)).await?;
            }
            if size < GATHER {
                return Ok(incoming);
            }
        }
    }
}
