//! Signatures as others make them, bodies in all their forms, and everything that must be refused.

mod support;

mod suite;
