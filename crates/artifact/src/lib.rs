//! Code archives from strangers, checked and unpacked.
