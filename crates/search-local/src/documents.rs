//! A set of a segment's documents.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Documents {
    words: Vec<u64>,
}

impl Documents {
    /// None of so many.
    pub(crate) fn none(of: u32) -> Self {
        Self { words: vec![0; of.div_ceil(64) as usize] }
    }

    /// All of so many.
    pub(crate) fn all(of: u32) -> Self {
        let mut all = Self { words: vec![u64::MAX; of.div_ceil(64) as usize] };
        if let Some(last) = all.words.last_mut()
            && !of.is_multiple_of(64)
        {
            *last = (1 << (of % 64)) - 1;
        }
        all
    }

    pub(crate) fn insert(&mut self, document: u32) {
        self.words[document as usize / 64] |= 1 << (document % 64);
    }

    #[inline(always)]
    pub(crate) fn contains(&self, document: u32) -> bool {
        self.words[document as usize / 64] >> (document % 64) & 1 == 1
    }

    /// Keeps what is in the other set, too.
    pub(crate) fn intersect(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(one, other)| *one &= other);
    }

    /// Keeps what is not in the other set.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(one, other)| *one &= !other);
    }

    pub(crate) fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// In ascending order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..).step_by(64).zip(&self.words).flat_map(|(first, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(first + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_do_what_sets_do() {
        for of in [0, 1, 63, 64, 65, 200] {
            let all = Documents::all(of);
            assert_eq!(all.iter().collect::<Vec<_>>(), (0..of).collect::<Vec<_>>());
            let mut threes = Documents::none(of);
            (0..of).step_by(3).for_each(|document| threes.insert(document));
            let mut rest = all.clone();
            rest.subtract(&threes);
            assert_eq!(rest.len() + threes.len(), of as usize);
            assert!((0..of).all(|document| rest.contains(document) != threes.contains(document)));
            rest.intersect(&threes);
            assert_eq!(rest, Documents::none(of));
        }
    }
}
