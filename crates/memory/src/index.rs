//! The index follows the rows.
