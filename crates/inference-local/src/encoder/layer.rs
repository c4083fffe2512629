//! One layer: attention, then two multiplications with a bend between them, each followed by a normalisation.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayViewMut2};

use super::attention;
use super::batch::{Batch, Scratch, view};
use super::math;
use crate::model::Bert;
use crate::weights::Weights;

/// A multiplication with an addition.
pub(super) struct Linear {
    /// A row for each output.
    weight: Array2<f32>,
    bias: Vec<f32>,
}

/// A normalisation of each token's description.
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
    epsilon: f32,
}

/// One layer's weights.
pub(super) struct Layer {
    /// To queries, keys and values at once.
    project: Linear,
    /// From what attention made of them.
    join: Linear,
    after_attention: Norm,
    widen: Linear,
    narrow: Linear,
    after: Norm,
}

impl Linear {
    fn new(weights: &mut Weights, name: &str, from: usize) -> Self {
        let bias = weights.take(&format!("{name}.bias"));
        let weight = weights.take(&format!("{name}.weight"));
        let weight = Array2::from_shape_vec((bias.len(), from), weight).expect("the shape was checked");
        Self { weight, bias }
    }

    /// Queries, keys and values below each other. The factor that attention multiplies its scores with is in the
    /// queries already.
    fn projection(model: &Bert, weights: &mut Weights, layer: &str) -> Self {
        let mut parts = ["query", "key", "value"].map(|part| {
            let name = format!("{layer}.attention.self.{part}");
            (weights.take(&format!("{name}.weight")), weights.take(&format!("{name}.bias")))
        });
        #[expect(clippy::cast_precision_loss, reason = "a head's width is a small number")]
        let factor = 1.0 / ((model.width / model.heads) as f32).sqrt();
        let (query, bias) = &mut parts[0];
        query.iter_mut().chain(bias).for_each(|number| *number *= factor);
        let (weight, bias): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let weight = Array2::from_shape_vec((3 * model.width, model.width), weight.concat());
        Self { weight: weight.expect("the shapes were checked"), bias: bias.concat() }
    }

    /// Adds the outputs for each row of `from` to the row of `to`, or puts them there.
    fn apply(&self, rows: usize, from: &[f32], to: &mut [f32], onto: bool) {
        let (outputs, inputs) = self.weight.dim();
        let to = &mut to[..rows * outputs];
        for row in to.chunks_exact_mut(outputs) {
            if onto {
                row.iter_mut().zip(&self.bias).for_each(|(number, bias)| *number += bias);
            } else {
                row.copy_from_slice(&self.bias);
            }
        }
        let mut to = ArrayViewMut2::from_shape((rows, outputs), to).expect("the length is the product");
        general_mat_mul(1.0, &view(from, rows, inputs), &self.weight.t(), 1.0, &mut to);
    }
}

impl Norm {
    pub(super) fn new(weights: &mut Weights, name: &str, epsilon: f32) -> Self {
        let scale = weights.take(&format!("{name}.weight"));
        let shift = weights.take(&format!("{name}.bias"));
        Self { scale, shift, epsilon }
    }

    /// Each row by itself.
    pub(super) fn apply(&self, rows: &mut [f32]) {
        math::normalise(rows, &self.scale, &self.shift, self.epsilon);
    }
}

impl Layer {
    pub(super) fn new(model: &Bert, weights: &mut Weights, index: usize) -> Self {
        let layer = format!("encoder.layer.{index}");
        let norm = |weights: &mut _, name| Norm::new(weights, &format!("{layer}.{name}"), model.epsilon);
        let linear = |weights: &mut _, name, from| Linear::new(weights, &format!("{layer}.{name}"), from);
        Self {
            project: Linear::projection(model, weights, &layer),
            join: linear(weights, "attention.output.dense", model.width),
            after_attention: norm(weights, "attention.output.LayerNorm"),
            widen: linear(weights, "intermediate.dense", model.width),
            narrow: linear(weights, "output.dense", model.inner),
            after: norm(weights, "output.LayerNorm"),
        }
    }

    pub(super) fn inner(&self) -> usize {
        self.widen.bias.len()
    }

    /// Takes each token's description one layer further.
    pub(super) fn apply(&self, heads: usize, batch: &Batch, scratch: &mut Scratch) {
        let Scratch { hidden, projected, context, scores, inner } = scratch;
        let (tokens, width) = (batch.len(), self.join.bias.len());
        self.project.apply(tokens, hidden, projected, false);
        for text in batch.texts() {
            attention::attend(text, heads, width, projected, scores, context);
        }
        self.join.apply(tokens, context, hidden, true);
        self.after_attention.apply(&mut hidden[..tokens * width]);
        self.widen.apply(tokens, hidden, inner, false);
        math::gelu(&mut inner[..tokens * self.inner()]);
        self.narrow.apply(tokens, inner, hidden, true);
        self.after.apply(&mut hidden[..tokens * width]);
    }
}
