//! How much is read.

/// How much of a document is read before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a document.
    pub bytes: usize,
    /// The most bytes of its text.
    pub text: usize,
    /// The most pages.
    pub pages: usize,
    /// The most pieces.
    pub pieces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 32 << 20, text: 4 << 20, pages: 5_000, pieces: 8_000 }
    }
}
