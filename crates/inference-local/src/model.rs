//! A model directory as sentence-transformers writes it: what the model is, checked before its weights are read.

mod bert;
mod pipeline;

pub(crate) use bert::Bert;
pub(crate) use pipeline::{Pipeline, Pooling};
