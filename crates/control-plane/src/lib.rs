//! Control-plane handlers, one operation a file.
