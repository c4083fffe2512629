//! A body that waits on disk until it is proven.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use stdx::ByteStream;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

/// How much is read back at once.
const PIECE: usize = 64 * 1024;

/// Writes the whole stream to a file without a name, which goes with the last handle to it, and gives it out
/// again if it ended well.
pub(super) async fn through_file(mut body: ByteStream, directory: &Path) -> io::Result<ByteStream> {
    let mut file = nameless(directory.to_owned()).await?;
    while let Some(piece) = body.next().await {
        file.write_all(&piece?).await?;
    }
    file.flush().await?;
    file.seek(SeekFrom::Start(0)).await?;
    Ok(ByteStream::new(ReaderStream::with_capacity(file, PIECE)))
}

async fn nameless(directory: PathBuf) -> io::Result<File> {
    let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(directory)).await;
    Ok(File::from_std(made.map_err(io::Error::other)??))
}
