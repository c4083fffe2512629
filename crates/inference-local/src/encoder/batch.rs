//! Texts as tokens, one text behind the other, and the room that working on them takes.

use std::ops::Range;

use ndarray::ArrayView2;

use super::Encoder;

/// Texts as tokens, one text behind the other.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    tokens: Vec<u32>,
    ends: Vec<usize>,
}

impl Batch {
    /// Adds a text of at least one token.
    pub(crate) fn push(&mut self, tokens: &[u32]) {
        self.tokens.extend_from_slice(tokens);
        self.ends.push(self.tokens.len());
    }

    /// All tokens.
    pub(crate) fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// How many tokens.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Where each text lies.
    pub(crate) fn texts(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| start..*end)
    }

    /// Each token's place in its text.
    pub(super) fn positions(&self) -> impl Iterator<Item = usize> {
        self.texts().flat_map(|text| 0..text.len())
    }
}

/// Room for intermediate results, kept from batch to batch. It grows to what the largest batch needs.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Each token's description, through all layers.
    pub(super) hidden: Vec<f32>,
    /// Queries, keys and values, side by side.
    pub(super) projected: Vec<f32>,
    /// What attention makes of them.
    pub(super) context: Vec<f32>,
    /// How much each token of a text minds each other one.
    pub(super) scores: Vec<f32>,
    /// Between the two halves of a layer's second part.
    pub(super) inner: Vec<f32>,
}

impl Scratch {
    pub(super) fn fit(&mut self, batch: &Batch, encoder: &Encoder) {
        let longest = batch.texts().map(|text| text.len()).max().unwrap_or(0);
        let (tokens, width) = (batch.len(), encoder.width);
        for (buffer, length) in [
            (&mut self.hidden, tokens * width),
            (&mut self.projected, tokens * width * 3),
            (&mut self.context, tokens * width),
            (&mut self.scores, longest * longest),
            (&mut self.inner, tokens * encoder.inner()),
        ] {
            if buffer.len() < length {
                buffer.resize(length, 0.0);
            }
        }
    }

    pub(super) fn hidden(&self, tokens: usize, width: usize) -> ArrayView2<'_, f32> {
        view(&self.hidden, tokens, width)
    }
}

/// The front of a buffer as a matrix.
pub(super) fn view(buffer: &[f32], rows: usize, columns: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((rows, columns), &buffer[..rows * columns]).expect("the length is the product")
}
