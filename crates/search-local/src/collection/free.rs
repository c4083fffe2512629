//! Slots that may be written.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Weak};

use crate::collection::snapshot::Snapshot;
use crate::slots::Slot;

/// Slots nobody refers to. What a commit no longer refers to is free when the snapshots before it are gone, too.
#[derive(Default)]
pub(crate) struct Free {
    holes: BTreeSet<Slot>,
    /// The first that was never written.
    next: Slot,
    waiting: VecDeque<(Weak<Snapshot>, Vec<Slot>)>,
}

impl Free {
    /// Every slot but these, which ascend.
    pub(crate) fn except(used: &[Slot]) -> Self {
        let mut free = Self::default();
        for &slot in used {
            free.holes.extend(free.next..slot);
            free.next = slot + 1;
        }
        free
    }

    /// So many of them, ascending.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Slot> {
        while self.waiting.front().is_some_and(|(snapshot, _)| snapshot.strong_count() == 0) {
            self.holes.extend(self.waiting.pop_front().into_iter().flat_map(|(_, slots)| slots));
        }
        let mut taken = Vec::with_capacity(count);
        while taken.len() < count {
            let slot = self.holes.pop_first().unwrap_or_else(|| {
                self.next += 1;
                self.next - 1
            });
            taken.push(slot);
        }
        taken
    }

    /// This snapshot is the last to refer to these.
    pub(crate) fn after(&mut self, snapshot: &Arc<Snapshot>, slots: Vec<Slot>) {
        self.waiting.push_back((Arc::downgrade(snapshot), slots));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled_before_the_file_grows() {
        let mut free = Free::except(&[1, 2, 5]);
        assert_eq!(free.take(5), [0, 3, 4, 6, 7]);
        assert_eq!(free.take(2), [8, 9]);
    }
}
