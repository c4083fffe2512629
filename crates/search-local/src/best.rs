//! The best so many of whatever comes.

use std::cmp::Ordering;

/// It holds up to twice as many as are wanted before it sorts out the worse ones.
pub(crate) struct Best<T> {
    limit: usize,
    found: Vec<(f32, T)>,
    threshold: f32,
}

impl<T> Best<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, found: Vec::new(), threshold: f32::NEG_INFINITY }
    }

    /// What is not better than this need not come.
    #[inline(always)]
    pub(crate) fn threshold(&self) -> f32 {
        self.threshold
    }

    pub(crate) fn push(&mut self, score: f32, what: T) {
        self.found.push((score, what));
        if self.found.len() >= self.limit.saturating_mul(2).max(1) {
            self.cut();
        }
    }

    /// The least of the best, once there are so many.
    pub(crate) fn least(&mut self) -> Option<f32> {
        self.cut();
        (self.found.len() >= self.limit).then_some(self.threshold)
    }

    /// The best first.
    pub(crate) fn finish(mut self) -> Vec<(f32, T)> {
        self.cut();
        self.found.sort_by(better);
        self.found
    }

    #[cold]
    fn cut(&mut self) {
        if self.limit == 0 {
            self.found.clear();
            self.threshold = f32::INFINITY;
        } else if self.found.len() >= self.limit {
            let (_, last, _) = self.found.select_nth_unstable_by(self.limit - 1, better);
            self.threshold = last.0;
            self.found.truncate(self.limit);
        }
    }
}

fn better<T>(one: &(f32, T), other: &(f32, T)) -> Ordering {
    other.0.total_cmp(&one.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_in_order() {
        for (limit, expected) in
            [(0, vec![]), (1, vec![9]), (3, vec![9, 8, 7]), (usize::MAX, (0..10).rev().collect())]
        {
            let mut best = Best::new(limit);
            for what in [3, 9, 1, 0, 4, 8, 2, 7, 6, 5] {
                if what as f32 > best.threshold() {
                    best.push(what as f32, what);
                }
            }
            let found: Vec<_> = best.finish().into_iter().map(|(_, what)| what).collect();
            assert_eq!(found, expected);
        }
    }
}
