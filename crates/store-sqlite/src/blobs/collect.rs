//! Removing what nobody needs.

use std::collections::HashSet;
use std::io;
use std::ops::Bound;
use std::path::Path;

use store::{Batch, Digest, Entry, Expect, Key, KeyRange, StoreError, claims};

use super::{BLOBS, DirectoryBlobs, Stored, path_of};

const PAGE: usize = 256;

impl DirectoryBlobs {
    /// Goes through the area shard by shard, so that it holds no more than one in memory.
    pub(super) async fn collect(&self) -> Result<usize, StoreError> {
        let mut removed = 0;
        for shard in 0..=u8::MAX {
            removed += self.collect_shard(&format!("{shard:02x}")).await?;
        }
        Ok(removed)
    }

    async fn collect_shard(&self, shard: &str) -> Result<usize, StoreError> {
        // The order matters. A file seen here that is not in flight any more has its row by now, or never will.
        let mut strays = self.files(shard).await?;
        {
            let in_flight = self.in_flight.lock().expect("no holder of the set's lock panics");
            strays.retain(|file| file.split_once('.').is_none_or(|(_, name)| !in_flight.contains(name)));
        }
        let mut removed = 0;
        let mut range = KeyRange {
            from: Bound::Included(Key::of([shard])),
            // Sorts after every hexadecimal digit.
            to: Bound::Excluded(Key::of([format!("{shard}~")])),
        };
        loop {
            let rows = BLOBS.list(&*self.store, &range, PAGE).await?;
            let Some(last) = rows.last().map(|row| row.key.clone()) else { break };
            for row in rows {
                let digest = digest_of(&row)?;
                strays.remove(&format!("{digest}.{}", row.value.file));
                removed += usize::from(self.collect_one(&digest, row).await?);
            }
            range = range.after(last);
        }
        let directory = shard.to_owned();
        self.blocking(move |root| {
            strays.iter().try_for_each(|file| remove(&root.join(&directory).join(file)))
        })
        .await?;
        Ok(removed)
    }

    /// Removes the blob if it is old and unclaimed, and nobody puts it just now.
    async fn collect_one(&self, digest: &Digest, row: Entry<Stored>) -> Result<bool, StoreError> {
        let young = self.clock.now().since(row.value.put_at) <= self.grace;
        if young || claims::claimed(&*self.store, digest).await? {
            return Ok(false);
        }
        let deletion = BLOBS.delete(row.key, Expect::At(row.revision));
        match self.store.commit(Batch::new().and(deletion)).await {
            Ok(_) => {}
            Err(StoreError::Conflict { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
        let digest = digest.clone();
        self.blocking(move |root| remove(&path_of(root, &digest, &row.value.file))).await?;
        Ok(true)
    }

    async fn files(&self, shard: &str) -> Result<HashSet<String>, StoreError> {
        let shard = shard.to_owned();
        let listing = self.blocking(move |root| match std::fs::read_dir(root.join(shard)) {
            Ok(entries) => {
                entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HashSet::new()),
            Err(error) => Err(error),
        });
        listing.await
    }
}

fn digest_of(row: &Entry<Stored>) -> Result<Digest, StoreError> {
    Digest::parse(row.key.as_str())
        .ok_or_else(|| StoreError::Damaged(format!("row {} of {}: no digest", row.key, BLOBS.space().name())))
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
