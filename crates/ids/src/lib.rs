//! Typed identifiers, names and ARNs, parsed once at the edge.
