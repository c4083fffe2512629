//! Which target has its turn next. Pure: chance and health come from outside.

use inference::ErrorKind;

use crate::catalog::Target;

/// The way through an alias's sets.
///
/// Within a set one target is chosen by weight. One that cannot be asked at all makes room for another of its set; one
/// that was asked and failed, for the next set.
pub(crate) struct Route<'a> {
    sets: &'a [Vec<Target>],
    /// The targets of the first of `sets` that are still to be had.
    left: Vec<&'a Target>,
    chosen: Option<usize>,
}

impl<'a> Route<'a> {
    pub(crate) fn new(sets: &'a [Vec<Target>]) -> Self {
        let mut route = Self { sets, left: Vec::new(), chosen: None };
        route.enter();
        route
    }

    /// The target whose turn it is; `ticket` is any number, and each as likely as another.
    pub(crate) fn next(&mut self, ticket: u64) -> Option<&'a Target> {
        while !self.sets.is_empty() {
            if let Some(chosen) = draw(self.left.iter().map(|target| target.weight), ticket) {
                self.chosen = Some(chosen);
                return Some(self.left[chosen]);
            }
            self.failed();
        }
        None
    }

    /// The chosen target cannot be asked at the moment.
    pub(crate) fn not_available(&mut self) {
        if let Some(chosen) = self.chosen.take() {
            self.left.swap_remove(chosen);
        }
    }

    /// The chosen target was asked and has failed.
    pub(crate) fn failed(&mut self) {
        self.sets = self.sets.get(1..).unwrap_or_default();
        self.enter();
    }

    fn enter(&mut self) {
        self.chosen = None;
        self.left = self.sets.first().map(|set| set.iter().collect()).unwrap_or_default();
    }
}

/// The place that `ticket` falls on, each as wide as its weight.
fn draw(weights: impl Iterator<Item = u32> + Clone, ticket: u64) -> Option<usize> {
    let total: u64 = weights.clone().map(u64::from).sum();
    let mut at = ticket.checked_rem(total)?;
    for (index, weight) in weights.enumerate() {
        match at.checked_sub(u64::from(weight)) {
            Some(rest) => at = rest,
            None => return Some(index),
        }
    }
    None
}

/// Whether another provider may be asked after such a failure. What is wrong with the request itself, or with the
/// caller's budget, no other provider can mend.
pub(crate) fn goes_on(kind: &ErrorKind) -> bool {
    kind.is_transient() || matches!(kind, ErrorKind::UnknownModel | ErrorKind::AccessDenied)
}

#[cfg(test)]
mod tests;
