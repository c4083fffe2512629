//! `modules.json` and what it names: what is done to a text before the transformer and to its output after it.

use std::collections::HashMap;
use std::path::{Component, Path};

use inference::Purpose;
use serde::Deserialize;

use super::Bert;
use crate::error::LoadError;
use crate::files;

/// What surrounds the transformer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pipeline {
    /// The most tokens of a text that are read; what comes after them is left out.
    pub(crate) longest: usize,
    /// Whether texts are put in lower case before the tokenizer sees them.
    pub(crate) lower_case: bool,
    /// How a text's tokens become one vector.
    pub(crate) pooling: Pooling,
    /// What is put in front of a text that is to be found.
    pub(crate) document_prompt: String,
    /// What is put in front of a text that is to find.
    pub(crate) query_prompt: String,
}

/// How the tokens of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// By their mean.
    Mean,
    /// By the first one alone.
    First,
}

#[derive(Deserialize)]
struct Module {
    #[serde(rename = "type")]
    kind: String,
    path: String,
}

#[derive(Default, Deserialize)]
struct Transformer {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Deserialize)]
struct PoolingFile {
    word_embedding_dimension: Option<usize>,
    embedding_dimension: Option<usize>,
    pooling_mode: Option<String>,
    include_prompt: Option<bool>,
    #[serde(flatten)]
    modes: HashMap<String, serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Prompts {
    #[serde(default)]
    prompts: HashMap<String, String>,
    default_prompt_name: Option<String>,
}

impl Pipeline {
    pub(crate) fn read(directory: &Path, model: &Bert) -> Result<Self, LoadError> {
        let path = directory.join("modules.json");
        let modules: Vec<Module> = files::json(&path)?;
        // "sentence_transformers.models.Pooling" of old, "sentence_transformers.….modules.Pooling" of late.
        let kinds: Vec<_> = modules.iter().map(|m| m.kind.rsplit('.').next().unwrap_or("")).collect();
        let (["Transformer", "Pooling"] | ["Transformer", "Pooling", "Normalize"]) = kinds[..] else {
            return Err(LoadError::Unsupported { what: format!("the model consists of {kinds:?}") });
        };
        let wrong = |what: String| LoadError::Wrong { path: path.clone(), what };
        if !modules[0].path.is_empty() {
            return Err(wrong("the transformer is not in the directory itself".to_owned()));
        }
        if !is_plain(&modules[1].path) {
            return Err(wrong(format!("{:?} is no name of a directory inside", modules[1].path)));
        }
        let pooling = pooling(&directory.join(&modules[1].path).join("config.json"), model)?;
        let transformer = directory.join("sentence_bert_config.json");
        let options: Transformer = files::json_if_there(&transformer)?.unwrap_or_default();
        let longest = options.max_seq_length.unwrap_or(model.positions);
        if longest < 3 || longest > model.positions {
            let what = format!("max_seq_length is {longest}; the model has {} positions", model.positions);
            return Err(LoadError::Wrong { path: transformer, what });
        }
        let prompts: Prompts =
            files::json_if_there(&directory.join("config_sentence_transformers.json"))?.unwrap_or_default();
        Ok(Self {
            longest,
            lower_case: options.do_lower_case,
            pooling,
            document_prompt: prompts.first_of(&["document", "passage", "corpus"]),
            query_prompt: prompts.first_of(&["query"]),
        })
    }

    /// What is put in front of a text.
    pub(crate) fn prompt(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Document => &self.document_prompt,
            Purpose::Query => &self.query_prompt,
        }
    }
}

impl Prompts {
    /// The first prompt of these names, else the default one, else none: as sentence-transformers looks for them.
    fn first_of(&self, names: &[&str]) -> String {
        let names = names.iter().copied().chain(self.default_prompt_name.as_deref());
        names.filter_map(|name| self.prompts.get(name)).next().cloned().unwrap_or_default()
    }
}

fn pooling(path: &Path, model: &Bert) -> Result<Pooling, LoadError> {
    let file: PoolingFile = files::json(path)?;
    let dimension = file.word_embedding_dimension.or(file.embedding_dimension);
    if dimension.is_some_and(|dimension| dimension != model.width) {
        let what = format!("its dimension is {dimension:?}, the transformer's {}", model.width);
        return Err(LoadError::Wrong { path: path.to_owned(), what });
    }
    if file.include_prompt == Some(false) {
        return Err(LoadError::Unsupported { what: "the pooling leaves the prompt out".to_owned() });
    }
    let chosen: Vec<&str> = match &file.pooling_mode {
        Some(mode) => vec![mode],
        None => {
            let on = file.modes.iter().filter(|(_, value)| value.as_bool() == Some(true));
            on.filter_map(|(name, _)| name.strip_prefix("pooling_mode_")).collect()
        }
    };
    match chosen[..] {
        ["mean" | "mean_tokens"] => Ok(Pooling::Mean),
        ["cls" | "cls_token"] => Ok(Pooling::First),
        _ => Err(LoadError::Unsupported { what: format!("the pooling is {chosen:?}") }),
    }
}

/// Whether a path from a file names a directory right inside.
fn is_plain(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}
