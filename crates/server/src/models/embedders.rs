//! Embedders by their kind.

use std::path::PathBuf;

use config::ModelsFile;
use config::models::Embedder;
use models::KnownEmbedder;

use super::catalog::Unusable;

/// Makes embedders, and keeps those whose tables have not changed.
pub(super) struct Embedders {
    /// Local models lie below this.
    directory: PathBuf,
}

impl Embedders {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The embedder that this table describes.
    pub(super) fn get(
        &mut self,
        name: &str,
        table: &Embedder,
        _file: &ModelsFile,
    ) -> Result<KnownEmbedder, Unusable> {
        let _ = &self.directory;
        let message = format!("this server has no embedders of kind {:?}", table.kind.as_str());
        Err(Unusable::new("embedders", name, message))
    }
}
