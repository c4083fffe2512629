//! Data-plane handlers, one operation a file.
