//! The process's options and the layout of its data directory.
