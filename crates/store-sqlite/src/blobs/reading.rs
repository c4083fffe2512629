//! A content on its way out.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use stdx::ByteStream;
use store::{Digest, StoreError};

use super::{DirectoryBlobs, path_of};
use crate::error::from_io;

/// How much is read in one go.
const PIECE: u64 = 256 << 10;

/// `length` bytes of the file from `offset` on, read as fast as they are taken.
pub(super) fn stream(file: File, offset: u64, length: u64) -> ByteStream {
    let file = Arc::new(file);
    ByteStream::new(stream::try_unfold((offset, length), move |(offset, left)| {
        let file = file.clone();
        async move {
            if left == 0 {
                return Ok(None);
            }
            let piece = left.min(PIECE);
            let bytes = tokio::task::spawn_blocking(move || read(&file, offset, piece)).await??;
            Ok(Some((bytes, (offset + piece, left - piece))))
        }
    }))
}

/// Exactly this part: a file that is shorter than its row says is an error, never a short answer.
fn read(file: &File, offset: u64, length: u64) -> io::Result<Bytes> {
    let mut piece = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut piece, offset)?;
    Ok(piece.into())
}

impl DirectoryBlobs {
    /// The blob's file and its length.
    pub(super) async fn open_file(&self, digest: &Digest) -> Result<(File, u64), StoreError> {
        loop {
            let row = self.stored(digest).await?.ok_or_else(|| StoreError::NoBlob(digest.clone()))?;
            let path = path_of(&self.root, digest, &row.value.file);
            let opened = tokio::task::spawn_blocking(move || File::open(path)).await;
            match opened.map_err(|error| StoreError::Engine(Box::new(error)))? {
                Ok(file) => return Ok((file, row.value.length)),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(from_io(error)),
                Err(_) => {
                    // Removed since its row was read, perhaps put again: only a row that stands is a loss.
                    let again = self.stored(digest).await?;
                    if again.is_some_and(|again| again.revision == row.revision) {
                        return Err(StoreError::Damaged(format!("the file of blob {digest} is missing")));
                    }
                }
            }
        }
    }
}
