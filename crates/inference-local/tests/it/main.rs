//! Models from directories: what their vectors are, what is refused, how they get here.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]
#![expect(clippy::cast_precision_loss, reason = "small numbers of a small model")]

mod forge;
mod hostile;
mod loading;
mod pulling;
mod vectors;
