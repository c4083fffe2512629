//! Writing a snapshot: everything here blocks and belongs on a thread that may.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use super::manifest::{Manifest, Saved};
use super::ram::Ram;
use super::{SHARED, STATE, STORAGE};
use crate::home::Unfinished;
use crate::template::OVERLAY;
use crate::thinning::{ThinError, Thinner};

/// What was measured to cost least: a higher level saves little, for most of the work is done by thinning.
const LEVEL: i32 = 1;
/// How much of the stream is read at once.
const READ: usize = 1 << 20;

/// A snapshot in the making.
pub(crate) struct Draft {
    unfinished: Unfinished,
    saved: Saved,
}

/// A snapshot that lacks nothing but its name. Without one it is removed.
pub(crate) struct Whole {
    unfinished: Unfinished,
    pub(crate) manifest: Manifest,
}

/// What a snapshot is made from beside the machine's state.
pub(crate) struct Source {
    /// The memory of the template.
    pub(crate) ram: Arc<OwnedFd>,
    pub(crate) memory_mib: u32,
    /// The machine's directory.
    pub(crate) home: PathBuf,
    /// The image of its storage, if it has one.
    pub(crate) storage: Option<PathBuf>,
}

/// Why there is no draft.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DraftError {
    /// The stream.
    #[error(transparent)]
    Stream(#[from] ThinError),
    /// The files.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<DraftError> for io::Error {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Io(error) | DraftError::Stream(ThinError::Io(error)) => error,
            DraftError::Stream(error) => Self::other(error),
        }
    }
}

/// Takes in a machine's state until its end, into a new directory.
pub(crate) fn take_in(
    stream: &OwnedFd,
    source: &Source,
    unfinished: Unfinished,
) -> Result<Draft, DraftError> {
    fs::create_dir(unfinished.path())?;
    let size = u64::from(source.memory_mib) << 20;
    let mut thinner = Thinner::new(Ram::new(Arc::clone(&source.ram)), size);
    let file = File::create_new(unfinished.path().join(STATE))?;
    let mut encoder = zstd::Encoder::new(file, LEVEL)?;
    encoder.include_checksum(true)?;
    let mut out = Counted { inner: encoder, length: 0 };
    let mut buffer = vec![0; READ];
    loop {
        match rustix::io::read(stream, &mut buffer) {
            Ok(0) => break,
            Ok(count) => thinner.push(&buffer[..count], &mut out)?,
            Err(Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error).into()),
        }
    }
    let thinned = thinner.finish()?;
    let length = out.length;
    let file = out.inner.finish()?;
    file.sync_all()?;
    let compressed = file.metadata()?.len();
    Ok(Draft { unfinished, saved: Saved { compressed, length, pages: thinned.kept } })
}

impl Draft {
    /// Adds the rest, once the machine writes no more, and puts all of it on the disk itself. The machine keeps its
    /// files, under their names.
    pub(crate) fn complete(
        self,
        source: &Source,
        describe: impl FnOnce(Saved, u64) -> Manifest,
    ) -> io::Result<Whole> {
        let directory = self.unfinished.path();
        for name in SHARED.into_iter().chain([OVERLAY]) {
            fs::hard_link(source.home.join(name), directory.join(name))?;
        }
        if let Some(image) = &source.storage {
            fs::hard_link(image, directory.join(STORAGE))?;
            // The guest counts on having written what it has written.
            File::open(image)?.sync_all()?;
        }
        let overlay = File::open(directory.join(OVERLAY))?;
        overlay.sync_all()?;
        let manifest = describe(self.saved, overlay.metadata()?.len());
        manifest.write(directory)?;
        File::open(directory)?.sync_all()?;
        Ok(Whole { unfinished: self.unfinished, manifest })
    }
}

impl Whole {
    /// Gives it its name, which must be free.
    pub(crate) fn keep(self, name: &Path) -> io::Result<()> {
        self.unfinished.finish_new(name)
    }

    pub(crate) fn directory(&self) -> &Path {
        self.unfinished.path()
    }
}

/// Counts what passes.
struct Counted<W> {
    inner: W,
    length: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A pipe that holds as much as it may: our end, and QEMU's.
pub(crate) fn wide_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    // A narrow one is slower, no more.
    let _ = rustix::pipe::fcntl_setpipe_size(write.as_fd(), READ);
    Ok((read, write))
}
