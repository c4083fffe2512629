//! The composition root: the only crate that names concrete adapters.
