//! Takes values off the front of bytes; `None` where too few are left.

/// A place in bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    taken: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, taken: 0 }
    }

    /// How many bytes were taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let found = self.bytes.get(self.taken..self.taken.checked_add(count)?)?;
        self.taken += count;
        Some(found)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|found| found[0])
    }

    /// Four bytes, big-endian.
    pub(super) fn word(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes, big-endian.
    pub(super) fn long(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A text behind one byte with its length.
    pub(super) fn name(&mut self) -> Option<&'a [u8]> {
        let length = self.byte()?;
        self.bytes(usize::from(length))
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }
}
