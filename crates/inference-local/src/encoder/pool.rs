//! From a text's tokens to its vector.

use ndarray::{ArrayView2, Axis};

use crate::model::Pooling;

/// The text's vector, of length 1.
pub(super) fn pool(tokens: &ArrayView2<'_, f32>, pooling: Pooling) -> Vec<f32> {
    let pooled = match pooling {
        Pooling::Mean => tokens.mean_axis(Axis(0)).expect("a text has at least one token"),
        Pooling::First => tokens.row(0).to_owned(),
    };
    let length = pooled.dot(&pooled).sqrt();
    (pooled / length.max(1e-12)).to_vec()
}
