//! What a commit says beside its documents. Files that it does not name are nobody's.

use inference::EmbedderId;
use serde::{Deserialize, Serialize};

/// Collections of another format are written anew.
pub(crate) const FORMAT: u32 = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    pub(crate) format: u32,
    /// The number of the file that was made last.
    pub(crate) files: u32,
    pub(crate) vectors: Option<VectorState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VectorState {
    /// The number of the file that they are in.
    pub(crate) file: u32,
    pub(crate) embedder: EmbedderId,
    pub(crate) codes: Option<CodeState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CodeState {
    /// The number of the file that they are in.
    pub(crate) file: u32,
    /// From how many vectors their centre is.
    pub(crate) learned_from: usize,
}

impl State {
    pub(crate) fn new() -> Self {
        Self { format: FORMAT, files: 0, vectors: None }
    }

    /// The number of a file to be made.
    pub(crate) fn next_file(&mut self) -> u32 {
        self.files += 1;
        self.files
    }

    /// Whether it speaks of a file.
    pub(crate) fn names(&self, name: &str) -> bool {
        let vectors = self.vectors.as_ref();
        let codes = vectors.and_then(|vectors| vectors.codes.as_ref());
        vectors.is_some_and(|vectors| name == vectors_name(vectors.file))
            || codes.is_some_and(|codes| name == codes_name(codes.file))
    }
}

pub(crate) fn vectors_name(file: u32) -> String {
    format!("vectors-{file}")
}

pub(crate) fn codes_name(file: u32) -> String {
    format!("codes-{file}")
}
