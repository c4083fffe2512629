//! Embeddings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use inference::{Embedding, Purpose};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::attribution::Naming;
use crate::body::{self, TextOr};
use crate::{Named, Refusal};

/// Texts that one request may bring.
const MOST_TEXTS: usize = 2048;
/// What tokenizers of today come to for English text.
const BYTES_OF_TOKEN: usize = 4;

#[derive(Debug, Deserialize)]
struct Wanted {
    model: String,
    input: TextOr<Item>,
    encoding_format: Option<Encoding>,
    dimensions: Option<usize>,
    input_type: Option<InputType>,
    #[serde(flatten)]
    naming: Naming,
}

/// A text. Lists of tokens mean something to one vendor's tokenizer only.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be a text: lists of tokens are not supported")]
enum Item {
    Text(String),
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    #[default]
    Float,
    Base64,
}

/// Not OpenAI's own; other servers of its API have it for models that tell the two apart.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InputType {
    Query,
    #[serde(alias = "passage")]
    Document,
}

/// A call that was understood.
#[derive(Debug)]
pub struct Embed {
    /// The embedder's name.
    pub model: String,
    /// The texts.
    pub texts: Vec<String>,
    /// What they are embedded for.
    pub purpose: Purpose,
    /// On whose behalf, as the body says.
    pub named: Named,
    encoding: Encoding,
    dimensions: Option<usize>,
}

impl Embed {
    /// Understands the body of `POST /v1/embeddings`.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let wanted: Wanted = body::parse(body)?;
        let texts = match wanted.input {
            TextOr::Text(text) => vec![text],
            TextOr::List(items) => items.into_iter().map(|Item::Text(text)| text).collect(),
        };
        if texts.is_empty() || texts.len() > MOST_TEXTS {
            return Err(Refusal::member("input", format_args!("must hold 1 to {MOST_TEXTS} texts")));
        }
        if let Some(empty) = texts.iter().position(String::is_empty) {
            return Err(Refusal::member(format!("input[{empty}]"), "must not be empty"));
        }
        Ok(Self {
            model: wanted.model,
            texts,
            purpose: match wanted.input_type {
                Some(InputType::Query) => Purpose::Query,
                Some(InputType::Document) | None => Purpose::Document,
            },
            named: wanted.naming.into(),
            encoding: wanted.encoding_format.unwrap_or_default(),
            dimensions: wanted.dimensions,
        })
    }

    /// The answer. Embedders do not count tokens, so the usage is an estimate.
    pub fn document(&self, embeddings: &[Embedding]) -> Result<Vec<u8>, Refusal> {
        let has = embeddings.first().map_or(0, |embedding| embedding.vector.len());
        if self.dimensions.is_some_and(|wanted| wanted != has) {
            let message = format!("the vectors of {} have {has} dimensions and cannot be cut", self.model);
            return Err(Refusal::member("dimensions", message));
        }
        let data = embeddings.iter().enumerate();
        let data: Vec<_> = data
            .map(|(index, embedding)| {
                let vector = self.encoding.write(&embedding.vector);
                json!({ "object": "embedding", "index": index, "embedding": vector })
            })
            .collect();
        let tokens: usize = self.texts.iter().map(|text| text.len().div_ceil(BYTES_OF_TOKEN)).sum();
        let document = json!({
            "object": "list",
            "data": data,
            "model": self.model,
            "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
        });
        Ok(document.to_string().into_bytes())
    }
}

impl Encoding {
    fn write(self, vector: &[f32]) -> Value {
        match self {
            Self::Float => json!(vector),
            Self::Base64 => {
                let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                STANDARD.encode(bytes).into()
            }
        }
    }
}

#[cfg(test)]
mod tests;
