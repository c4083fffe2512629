//! `config.json`: the transformer's measures.

use std::path::Path;

use serde::Deserialize;

use crate::error::LoadError;
use crate::files;
use crate::weights::Shapes;

/// The most numbers that a model may have: 4 GiB of them.
const MOST_NUMBERS: usize = 1 << 30;

/// The measures of a BERT model, all of them plausible.
#[derive(Clone, Debug)]
pub(crate) struct Bert {
    /// How many tokens it knows.
    pub(crate) vocabulary: usize,
    /// How many tokens a text can have.
    pub(crate) positions: usize,
    /// Kinds of text that it tells apart; here all texts are of the first kind.
    pub(crate) kinds: usize,
    /// Numbers that a token is described by, and so the vector's dimension.
    pub(crate) width: usize,
    /// Numbers between the two halves of a layer's second part.
    pub(crate) inner: usize,
    /// Layers.
    pub(crate) layers: usize,
    /// Heads of attention, each with its share of the width.
    pub(crate) heads: usize,
    /// What keeps a normalisation from dividing by zero.
    pub(crate) epsilon: f32,
}

#[derive(Deserialize)]
struct File {
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    layer_norm_eps: f32,
    hidden_act: String,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

impl Bert {
    pub(crate) fn read(path: &Path) -> Result<Self, LoadError> {
        // The type first: other families have other members, and their absence would be a riddle.
        #[derive(Deserialize)]
        struct Kind {
            model_type: Option<String>,
        }
        let kind: Kind = files::json(path)?;
        match kind.model_type.as_deref() {
            Some("bert") => {}
            other => return Err(unsupported(format!("the model is of type {other:?}"))),
        }
        let file: File = files::json(path)?;
        file.check()?;
        let model = Self {
            vocabulary: file.vocab_size,
            positions: file.max_position_embeddings,
            kinds: file.type_vocab_size,
            width: file.hidden_size,
            inner: file.intermediate_size,
            layers: file.num_hidden_layers,
            heads: file.num_attention_heads,
            epsilon: file.layer_norm_eps,
        };
        model.check().map_err(|what| LoadError::Wrong { path: path.to_owned(), what })?;
        Ok(model)
    }

    fn check(&self) -> Result<(), String> {
        let measures = [
            ("vocab_size", self.vocabulary, 4 << 20),
            ("max_position_embeddings", self.positions, 16 << 10),
            ("type_vocab_size", self.kinds, 16),
            ("hidden_size", self.width, 8 << 10),
            ("intermediate_size", self.inner, 64 << 10),
            ("num_hidden_layers", self.layers, 128),
            ("num_attention_heads", self.heads, 256),
        ];
        for (name, value, most) in measures {
            if value == 0 || value > most {
                return Err(format!("{name} is {value}; it has to be from 1 to {most}"));
            }
        }
        if !self.width.is_multiple_of(self.heads) {
            return Err(format!("hidden_size {} cannot be shared among {} heads", self.width, self.heads));
        }
        if !(0.0..=1.0).contains(&self.epsilon) {
            return Err(format!("layer_norm_eps is {}; it has to be from 0 to 1", self.epsilon));
        }
        let numbers: usize = self.shapes().values().map(|shape| shape.iter().product::<usize>()).sum();
        if numbers > MOST_NUMBERS {
            return Err(format!("the model would have {numbers} numbers; the limit is {MOST_NUMBERS}"));
        }
        Ok(())
    }

    /// The tensors that such a model consists of.
    pub(crate) fn shapes(&self) -> Shapes {
        let (width, inner) = (self.width, self.inner);
        let mut shapes = Shapes::new();
        let mut add = |name: String, shape: &[usize]| shapes.insert(name, shape.to_vec());
        add("embeddings.word_embeddings.weight".to_owned(), &[self.vocabulary, width]);
        add("embeddings.position_embeddings.weight".to_owned(), &[self.positions, width]);
        add("embeddings.token_type_embeddings.weight".to_owned(), &[self.kinds, width]);
        add("embeddings.LayerNorm.weight".to_owned(), &[width]);
        add("embeddings.LayerNorm.bias".to_owned(), &[width]);
        for layer in 0..self.layers {
            let name = |rest: &str| format!("encoder.layer.{layer}.{rest}");
            let linear = [
                ("attention.self.query", width, width),
                ("attention.self.key", width, width),
                ("attention.self.value", width, width),
                ("attention.output.dense", width, width),
                ("intermediate.dense", inner, width),
                ("output.dense", width, inner),
            ];
            for (part, to, from) in linear {
                add(name(&format!("{part}.weight")), &[to, from]);
                add(name(&format!("{part}.bias")), &[to]);
            }
            for part in ["attention.output.LayerNorm", "output.LayerNorm"] {
                add(name(&format!("{part}.weight")), &[width]);
                add(name(&format!("{part}.bias")), &[width]);
            }
        }
        shapes
    }
}

impl File {
    fn check(&self) -> Result<(), LoadError> {
        let File { hidden_act, position_embedding_type, .. } = self;
        if hidden_act != "gelu" {
            return Err(unsupported(format!("the model's activation is {hidden_act:?}")));
        }
        if position_embedding_type.as_deref().is_some_and(|kind| kind != "absolute") {
            return Err(unsupported(format!("the model's positions are {position_embedding_type:?}")));
        }
        if self.is_decoder {
            return Err(unsupported("the model is a decoder".to_owned()));
        }
        Ok(())
    }
}

fn unsupported(what: String) -> LoadError {
    LoadError::Unsupported { what }
}
