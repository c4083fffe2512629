//! The sandbox port: vocabulary, lifecycle machine, engine trait.
