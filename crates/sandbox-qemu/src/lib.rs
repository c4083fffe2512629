//! Sandboxes as QEMU microVMs.
