//! The resources: memories and their strategies.
