//! Attention: how each token of a text takes up what the others say.

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, s};

use super::math;

/// Attention within one text, head by head. `projected` has queries, keys and values side by side.
pub(super) fn attend(
    text: Range<usize>,
    heads: usize,
    width: usize,
    projected: &[f32],
    scores: &mut [f32],
    context: &mut [f32],
) {
    let (tokens, share) = (text.len(), width / heads);
    let projected = &projected[text.start * width * 3..text.end * width * 3];
    let projected =
        ArrayView2::from_shape((tokens, width * 3), projected).expect("the length is the product");
    let context = &mut context[text.start * width..text.end * width];
    let mut context = ArrayViewMut2::from_shape((tokens, width), context).expect("the length is the product");
    let scores = &mut scores[..tokens * tokens];
    for head in 0..heads {
        let part = |which: usize| {
            let from = which * width + head * share;
            projected.slice(s![.., from..from + share])
        };
        let mut matrix =
            ArrayViewMut2::from_shape((tokens, tokens), &mut *scores).expect("the length is the product");
        general_mat_mul(1.0, &part(0), &part(1).t(), 0.0, &mut matrix);
        math::softmax(scores, tokens);
        let weights = ArrayView2::from_shape((tokens, tokens), &*scores).expect("the length is the product");
        let mut out = context.slice_mut(s![.., head * share..(head + 1) * share]);
        general_mat_mul(1.0, &weights, &part(2), 0.0, &mut out);
    }
}
