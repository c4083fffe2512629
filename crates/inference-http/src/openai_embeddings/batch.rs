//! Texts in portions that a server takes.

/// The most that one request may bring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How many texts.
    pub(super) texts: usize,
    /// How many bytes of text, all together. A longer text goes alone.
    pub(super) bytes: usize,
}

impl Default for Limits {
    /// OpenAI takes 2,048 texts and 300,000 tokens; others take less of the first and say nothing of the second.
    fn default() -> Self {
        Self { texts: 96, bytes: 512 << 10 }
    }
}

impl Limits {
    /// The texts in their order, in portions within the limits.
    pub(super) fn batches(self, texts: &[String]) -> impl Iterator<Item = &[String]> {
        let mut rest = texts;
        std::iter::from_fn(move || {
            let mut bytes = 0;
            let fitting = rest.iter().take(self.texts).take_while(|text| {
                bytes += text.len();
                bytes <= self.bytes
            });
            let count = fitting.count().max(1).min(rest.len());
            let (batch, later) = rest.split_at(count);
            rest = later;
            (!batch.is_empty()).then_some(batch)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lengths: &[usize], expected: &[usize]) {
        let texts: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
        let sizes: Vec<usize> = Limits { texts: 3, bytes: 10 }.batches(&texts).map(<[String]>::len).collect();
        assert_eq!(sizes, expected, "{lengths:?}");
    }

    #[test]
    fn neither_count_nor_size_is_exceeded() {
        check(&[], &[]);
        check(&[1, 1, 1, 1], &[3, 1]);
        check(&[5, 5, 1], &[2, 1]);
        check(&[50, 1, 50], &[1, 1, 1]);
    }
}
