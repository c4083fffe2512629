//! Long-term memory: what is remembered.
