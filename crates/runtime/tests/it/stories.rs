//! Any story of sessions.
