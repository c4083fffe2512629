//! The storage port, its contract suite and an in-memory engine.
