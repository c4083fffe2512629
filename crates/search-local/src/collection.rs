//! One collection: a directory with tantivy's index and, beside it, files of vectors.
//!
//! ```text
//!  write ─▶ vectors and codes into free slots ─▶ flush ─▶ documents, naming their slots ─▶ commit ─▶ snapshot
//! ```
//!
//! The commit is the one moment at which all of it becomes true. What it says beside the documents ([`state`]) names
//! the files of vectors; slots that no document names are free.

mod find;
mod free;
mod learn;
pub(crate) mod snapshot;
mod state;
mod write;

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use search::CollectionInfo;
use tantivy::directory::MmapDirectory;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy};

use crate::codes::Codes;
use crate::error::Cause;
use crate::options::Options;
use crate::schema::{Fields, schema};
use crate::slots::{Slot, Slots, damaged};
use crate::words;
use free::Free;
use snapshot::{Snapshot, Vectors};
use state::{FORMAT, State};

/// Where tantivy is in a collection's directory.
const TEXT: &str = "text";

/// Blocks of documents that are kept unpacked, for each segment.
const BLOCKS: usize = 4;

pub(crate) struct Collection {
    directory: PathBuf,
    options: Options,
    fields: Fields,
    index: Index,
    reader: IndexReader,
    current: RwLock<Arc<Snapshot>>,
    writing: Mutex<Writing>,
    committed: AtomicBool,
}

/// What only one at a time may use.
struct Writing {
    state: State,
    free: Free,
    writer: Option<IndexWriter>,
    /// Whether this is no longer the one that stands for what is on the disk.
    retired: bool,
}

impl Collection {
    /// One that is there; `None` if it is not, or was never committed to.
    pub(crate) fn open(directory: &Path, options: &Options, verify: bool) -> Result<Option<Self>, Cause> {
        if !exists(directory) {
            return Ok(None);
        }
        let text = directory.join(TEXT);
        let (schema, fields) = schema();
        let index =
            with_words(Index::open(MmapDirectory::open(&text).map_err(tantivy::TantivyError::from)?)?);
        if index.schema() != schema {
            return Err(damaged("its schema is another version's").into());
        }
        let Some(payload) = index.load_metas()?.payload else { return Ok(None) };
        let state: State = serde_json::from_str(&payload)?;
        if state.format != FORMAT {
            return Err(damaged("its format is another version's").into());
        }
        if verify && !index.validate_checksum()?.is_empty() {
            return Err(damaged("a file does not match its checksum").into());
        }
        forget_files(directory, &state)?;
        let vectors = open_vectors(directory, &state)?;
        let collection = Self::of(directory, options, fields, index, state, vectors)?;
        Ok(Some(collection))
    }

    /// One that is not there yet. It is there after its first commit.
    pub(crate) fn create(directory: &Path, options: &Options) -> Result<Self, Cause> {
        remove(directory)?;
        let text = directory.join(TEXT);
        fs::create_dir_all(&text)?;
        flush(directory)?;
        flush(directory.parent().unwrap_or(directory))?;
        let (schema, fields) = schema();
        let index = with_words(Index::create_in_dir(&text, schema)?);
        Self::of(directory, options, fields, index, State::new(), None)
    }

    fn of(
        directory: &Path,
        options: &Options,
        fields: Fields,
        index: Index,
        state: State,
        vectors: Option<Vectors>,
    ) -> Result<Self, Cause> {
        let committed = AtomicBool::new(index.load_metas()?.payload.is_some());
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(BLOCKS)
            .try_into()?;
        let mut snapshot = Snapshot::new(reader.searcher(), vectors, None)?;
        let mut used = snapshot.used();
        used.sort_unstable();
        if let Some(vectors) = &mut snapshot.vectors {
            check_slots(vectors, &used)?;
            vectors.codes = open_codes(directory, &state, &used)?;
        }
        let free = Free::except(&used);
        Ok(Self {
            directory: directory.to_owned(),
            options: options.clone(),
            fields,
            index,
            reader,
            current: RwLock::new(Arc::new(snapshot)),
            writing: Mutex::new(Writing { state, free, writer: None, retired: false }),
            committed,
        })
    }

    /// Whether there was a first commit.
    pub(crate) fn is_committed(&self) -> bool {
        self.committed.load(Ordering::Acquire)
    }

    pub(crate) fn describe(&self) -> Result<CollectionInfo, Cause> {
        let snapshot = self.snapshot();
        let vectors = snapshot.count_vectors() as u64;
        let embedder = snapshot.vectors.as_ref().filter(|_| vectors > 0);
        Ok(CollectionInfo {
            documents: snapshot.searcher.num_docs(),
            vectors,
            embedder: embedder.map(|vectors| (*vectors.embedder).clone()),
            bytes: size(&self.directory)?,
        })
    }

    /// Ends the writer's threads, and what they are at. Another write starts them again.
    pub(crate) fn stop_writing(&self) {
        if let Some(writer) = self.writing().writer.take()
            && let Err(error) = writer.wait_merging_threads()
        {
            tracing::warn!(%error, "a merge of a search index failed");
        }
    }

    /// Lets nobody write here again.
    pub(crate) fn retire(&self) {
        self.stop_writing();
        self.writing().retired = true;
    }

    /// Whether that is so.
    pub(crate) fn is_retired(&self) -> bool {
        self.writing.lock().map_or(true, |writing| writing.retired)
    }

    /// Whether there are threads of a writer.
    pub(crate) fn has_writer(&self) -> bool {
        self.writing.try_lock().is_ok_and(|writing| writing.writer.is_some())
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn publish(&self, snapshot: Arc<Snapshot>) -> Arc<Snapshot> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, snapshot)
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_words(index: Index) -> Index {
    index.tokenizers().register(words::NAME, words::of_text());
    index
}

fn open_vectors(directory: &Path, state: &State) -> Result<Option<Vectors>, Cause> {
    let Some(vectors) = &state.vectors else { return Ok(None) };
    let dimension = vectors.embedder.dimension;
    let (file, _) = Slots::open(&directory.join(state::vectors_name(vectors.file)), 0, dimension * 4)?;
    Ok(Some(Vectors { embedder: Arc::new(vectors.embedder.clone()), file: Arc::new(file), codes: None }))
}

fn open_codes(directory: &Path, state: &State, used: &[Slot]) -> Result<Option<Codes>, Cause> {
    let Some(vectors) = &state.vectors else { return Ok(None) };
    let Some(codes) = &vectors.codes else { return Ok(None) };
    let dimension = vectors.embedder.dimension;
    let path = directory.join(state::codes_name(codes.file));
    let (file, centre) = Slots::open(&path, dimension * 4, Codes::size(dimension))?;
    let centre = centre.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Ok(Some(Codes::read(centre, file, used)?))
}

/// Whether something was ever committed to a directory. What cannot be read says yes: that is damage, and no absence.
pub(crate) fn exists(directory: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct Meta {
        payload: Option<String>,
    }
    let text = directory.join(TEXT);
    match fs::read(text.join("meta.json")) {
        Ok(meta) => serde_json::from_slice(&meta).map_or(true, |meta: Meta| meta.payload.is_some()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut files = fs::read_dir(text).into_iter().flatten().flatten();
            files.any(|file| file.path().extension().is_some_and(|extension| extension == "store"))
        }
        Err(_) => true,
    }
}

/// Every slot that a document names is one of the file.
fn check_slots(vectors: &Vectors, used: &[Slot]) -> Result<(), Cause> {
    let written = vectors.file.count()?;
    match used.last() {
        Some(last) if *last >= written => Err(damaged("vectors are missing").into()),
        _ => Ok(()),
    }
}

/// What a crash or an embedder's change left.
fn forget_files(directory: &Path, state: &State) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let ours = entry.file_name().to_str().is_some_and(|name| name == TEXT || state.names(name));
        if !ours && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Removes a collection's directory, if it is there.
pub(crate) fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the names in a directory durable.
pub(crate) fn flush(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

fn size(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => bytes += size(&entry.path())?,
            Ok(metadata) => bytes += metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
