//! The file, looked at again and again.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use config::ModelsFile;
use guardrails::{Guardrail, Guardrails};
use models::{Catalog, Source};
use stdx::{Clock, Rng};
use store::Store;

use super::catalog::{self, Unusable};
use super::embedders::{Embedders, Vectors};
use super::providers::Providers;
use super::reach::Reach;

/// The models file. What has not changed in it stays as it was made: a provider keeps its connections.
pub(crate) struct FileSource {
    path: PathBuf,
    guardrails: Guardrails,
    state: Mutex<State>,
}

struct State {
    /// The files that the last answer came from, as they were then.
    seen: Option<Vec<(PathBuf, Stamp)>>,
    providers: Providers,
    embedders: Embedders,
}

/// What changes when a file does: its inode, its size, and when it was written; `None` if it cannot be had.
pub(super) type Stamp = Option<(u64, u64, i64, i64)>;

impl FileSource {
    /// The file at `path`, whose guardrails are put into `guardrails`; local models lie below `models`.
    pub(crate) fn new(
        path: PathBuf,
        models: PathBuf,
        guardrails: Guardrails,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let reach = Reach { directory, clock, rng };
        let (providers, embedders) =
            (Providers::new(reach.clone()), Embedders::new(reach, models, Vectors::new(store)));
        let state = State { seen: None, providers, embedders };
        Self { path, guardrails, state: Mutex::new(state) }
    }
}

impl Source for FileSource {
    fn read(&self) -> Option<Result<Catalog, String>> {
        let mut state = self.state.lock().expect("no holder of the models file's lock panics");
        if let Some(seen) = &state.seen
            && seen.iter().all(|(path, then)| stamp(path) == *then)
        {
            return None;
        }
        // Stamped before it is read: what is written meanwhile is found the next time.
        state.seen = Some(vec![(self.path.clone(), stamp(&self.path))]);
        let file = match ModelsFile::load(&self.path) {
            Ok(file) => file,
            Err(error) => return Some(Err(error.to_string())),
        };
        let scripts = file.providers.values().filter_map(|provider| provider.script.as_ref());
        let scripts = scripts.map(|script| self.path.with_file_name("").join(script));
        let weights = file.embedders.values().filter_map(|embedder| state.embedders.weights(embedder));
        let seen: Vec<_> = scripts.chain(weights).map(|path| (path.clone(), stamp(&path))).collect();
        state.seen.get_or_insert_default().extend(seen);
        let State { providers, embedders, .. } = &mut *state;
        let built = catalog::build(&file, providers, embedders).and_then(|catalog| {
            self.guardrails.replace(guardrails(&file)?);
            Ok(catalog)
        });
        Some(built.map_err(|error| error.to_string()))
    }
}

fn guardrails(file: &ModelsFile) -> Result<Vec<Guardrail>, Unusable> {
    let tables = file.guardrails.iter();
    let parsed = tables.map(|(name, table)| {
        Guardrail::parse(name, table).map_err(|error| Unusable::new("guardrails", name, error))
    });
    parsed.collect()
}

pub(super) fn stamp(path: &Path) -> Stamp {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.ino(), metadata.size(), metadata.mtime(), metadata.mtime_nsec()))
}
