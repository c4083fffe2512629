//! A BERT encoder for many texts at once.
//!
//! The tokens of all texts of a batch lie one after the other, without padding: what is done to each token alone
//! (nearly all of the work) is done to all of them in one multiplication, and attention goes from text to text. A
//! text's vector is therefore the same whatever company it is in, and a batch of short and long texts costs what
//! its tokens cost.
//!
//! Multiplications are `matrixmultiply`'s through `ndarray`, one thread each: the texts are shared out among
//! threads, not the multiplications, so threads never wait for each other. The rest is in [`math`].

mod attention;
mod batch;
mod layer;
mod math;
mod pool;

use ndarray::{Array2, ArrayView2, Axis};

pub(crate) use batch::{Batch, Scratch};

use crate::model::{Bert, Pooling};
use crate::weights::Weights;
use layer::{Layer, Norm};

/// The transformer's weights.
pub(crate) struct Encoder {
    width: usize,
    heads: usize,
    tokens: Array2<f32>,
    /// By position, with what is added to every token of the one kind of text that there is here.
    positions: Array2<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

impl Encoder {
    /// The encoder of these measures, from weights that were read for them.
    pub(crate) fn new(model: &Bert, weights: &mut Weights) -> Self {
        let mut table = |name: &str, rows| {
            let numbers = weights.take(&format!("embeddings.{name}_embeddings.weight"));
            Array2::from_shape_vec((rows, model.width), numbers).expect("the shape was checked")
        };
        let tokens = table("word", model.vocabulary);
        let mut positions = table("position", model.positions);
        let kinds = table("token_type", model.kinds);
        positions += &kinds.row(0);
        let norm = Norm::new(weights, "embeddings.LayerNorm", model.epsilon);
        let layers = (0..model.layers).map(|index| Layer::new(model, weights, index)).collect();
        Self { width: model.width, heads: model.heads, tokens, positions, norm, layers }
    }

    /// One vector of length 1 for each text of the batch, whose tokens are all ones that the model knows.
    pub(crate) fn encode(&self, batch: &Batch, pooling: Pooling, scratch: &mut Scratch) -> Vec<Vec<f32>> {
        scratch.fit(batch, self);
        self.embed(batch, scratch);
        for layer in &self.layers {
            layer.apply(self.heads, batch, scratch);
        }
        let hidden = scratch.hidden(batch.len(), self.width);
        let texts = batch.texts().map(|rows| pool::pool(&rows_of(&hidden, rows), pooling));
        texts.collect()
    }

    fn embed(&self, batch: &Batch, scratch: &mut Scratch) {
        let (hidden, tokens) = (&mut scratch.hidden, batch.tokens());
        let rows = hidden.chunks_exact_mut(self.width).zip(tokens.iter().zip(batch.positions()));
        for (row, (token, position)) in rows {
            let token = self.tokens.row(*token as usize);
            let position = self.positions.row(position);
            for ((to, one), other) in row.iter_mut().zip(token).zip(position) {
                *to = one + other;
            }
        }
        self.norm.apply(&mut hidden[..tokens.len() * self.width]);
    }

    fn inner(&self) -> usize {
        self.layers.first().map_or(0, Layer::inner)
    }
}

fn rows_of<'a>(hidden: &ArrayView2<'a, f32>, rows: std::ops::Range<usize>) -> ArrayView2<'a, f32> {
    hidden.split_at(Axis(0), rows.end).0.split_at(Axis(0), rows.start).1
}
