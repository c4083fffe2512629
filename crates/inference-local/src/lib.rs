//! Embeddings on this machine.
//!
//! ```text
//!  model     config.json, modules.json and the rest: what the model is; anything unsupported is refused here
//!     │
//!  weights   model.safetensors, read once, never mapped; each tensor has the shape that the model asks for
//!     │
//!  tokens    tokenizer.json
//!     │
//!  encoder   tokens to vectors
//!     │
//!  workers   threads of our own, batches across callers
//!     │
//!  embedder  all of it as an `inference::Embedder`
//! ```

pub mod cache;
mod embedder;
mod encoder;
mod error;
mod files;
mod model;
pub mod pull;
mod tokens;
pub mod weights;
mod workers;

pub use cache::CachedEmbedder;
pub use embedder::{LocalEmbedder, Options};
pub use error::LoadError;
