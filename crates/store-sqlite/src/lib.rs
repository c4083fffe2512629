//! The storage port on SQLite and a directory of blobs.
