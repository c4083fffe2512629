//! Names that callers use for embedders.

use std::path::PathBuf;

use serde::Deserialize;

/// What turns texts into vectors under a name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Embedder {
    /// How it is reached.
    pub kind: EmbedderKind,
    /// Local: the model's directory; relative to `models` in the data directory.
    pub path: Option<PathBuf>,
    /// Otherwise: the provider, by its name in this file.
    pub provider: Option<String>,
    /// Otherwise: the model, by the provider's own id.
    pub model: Option<String>,
    /// Otherwise: how many numbers a vector has, for models that leave the choice.
    pub dimensions: Option<usize>,
}

/// How an embedder is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmbedderKind {
    /// A model on this machine.
    Local,
    /// OpenAI's embeddings, which many others speak as well.
    #[serde(rename = "openai")]
    OpenAi,
    /// Titan's and Cohere's through Bedrock.
    Bedrock,
}

impl EmbedderKind {
    /// The word that the file uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::OpenAi => "openai",
            Self::Bedrock => "bedrock",
        }
    }
}
