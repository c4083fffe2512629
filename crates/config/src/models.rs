//! The models file: which providers there are, by which names agents reach their models, and what that may cost.
//!
//! Every error names the table and the line, since the file is read again while the server runs and nobody stands
//! beside it then.

mod alias;
mod check;
mod embedder;
mod money;
mod provider;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

pub use alias::{Alias, Parameters, Target};
pub use embedder::{Embedder, EmbedderKind};
pub use money::{Budget, ModelPrice, Per};
pub use provider::{Provider, ProviderKind, Secret};

/// Tables by their names, which know where they were written.
pub type Named<T> = BTreeMap<Spanned<String>, T>;

/// What a models file can say. Everything is optional; an unknown word is an error, since it is a typo.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelsFile {
    /// What prices and budgets are in; US dollars unless set.
    pub currency: Option<String>,
    /// Who answers.
    #[serde(default)]
    pub providers: Named<Provider>,
    /// The names that agents use for models.
    #[serde(default)]
    pub aliases: Named<Alias>,
    /// The names that callers use for embedders.
    #[serde(default)]
    pub embedders: Named<Embedder>,
    /// What a model costs, by `provider/model`.
    #[serde(default)]
    pub prices: Named<ModelPrice>,
    /// What may be spent.
    #[serde(default)]
    pub budgets: Named<Budget>,
    /// Guardrails, which are understood by the crate of that name.
    #[serde(default)]
    pub guardrails: BTreeMap<String, toml::Table>,
}

/// A models file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelsFileError {
    /// It cannot be read.
    #[error("the models file {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML, or has a word that is not known or of another type.
    #[error("the models file {path} is not understood in line {line}: {message}")]
    NotUnderstood {
        /// Which file.
        path: PathBuf,
        /// In which line.
        line: usize,
        /// Why.
        message: String,
    },
    /// It contradicts itself or lacks something.
    #[error("the models file {path} is wrong in line {line}, [{table}]: {message}")]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// In which line the table begins.
        line: usize,
        /// Which table.
        table: String,
        /// What is wrong with it and what would be right.
        message: String,
    },
}

impl ModelsFile {
    /// Reads a file; one that is not there says nothing.
    pub fn load(path: &Path) -> Result<Self, ModelsFileError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ModelsFileError::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// Reads what a file at `path` would say.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ModelsFileError> {
        let file: Self = toml::from_str(text).map_err(|error| {
            // The error's own text quotes the line, and that might hold what should not be in a log.
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let message = error.message().to_owned();
            ModelsFileError::NotUnderstood { path: path.to_owned(), line, message }
        })?;
        check::check(&file).map_err(|wrong| ModelsFileError::Wrong {
            path: path.to_owned(),
            line: line_of(text, wrong.at),
            table: wrong.table,
            message: wrong.message,
        })?;
        Ok(file)
    }
}

/// The line, counted from 1, in which the byte at this offset lies.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests;
