//! Preparing guest kernels, initial ramdisks and read-only images.
