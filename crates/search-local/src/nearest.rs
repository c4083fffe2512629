//! How well documents fit a question by its meaning.

use std::io;
use std::sync::Arc;

use crate::best::Best;
use crate::codes::{self, Part, Question};
use crate::collection::snapshot::{Segment, Snapshot, Vectors};
use crate::documents::Documents;
use crate::dot::dot;
use crate::slots::{NO_SLOT, Slot};

/// A document: the segment's number and its own.
pub(crate) type Place = (u32, u32);

/// So few documents are compared with, all of them.
pub(crate) const EXACT: usize = 4096;

/// So many candidates are taken from the estimates, at least, and for each one that is wanted.
const CANDIDATES: usize = 4096;
const FOR_EACH: usize = 20;

/// Candidates that are compared before it is looked whether the others can still be better.
const AT_ONCE: usize = 128;

/// How alike each of these documents is, those that have a vector.
pub(crate) fn compare(
    snapshot: &Snapshot,
    vectors: &Vectors,
    asked: &[f32],
    documents: impl Iterator<Item = Place>,
    mut each: impl FnMut(Place, f32),
) -> io::Result<()> {
    let slot = |(segment, document): Place| snapshot.segments[segment as usize].slots[document as usize];
    let mut slots: Vec<(Slot, Place)> = documents.map(|place| (slot(place), place)).collect();
    slots.retain(|(slot, _)| *slot != NO_SLOT);
    slots.sort_unstable();
    let mut places = slots.iter();
    let numbers: Vec<Slot> = slots.iter().map(|(slot, _)| *slot).collect();
    vectors.file.read(&numbers, |_, vector| {
        let (_, place) = places.next().expect("each slot is read once");
        each(*place, dot(vector, asked).clamp(0.0, 1.0));
    })
}

/// The documents that are most alike, and whether all that may be found were compared with.
pub(crate) fn find(
    snapshot: &Snapshot,
    vectors: &Vectors,
    asked: &[f32],
    allowed: &[Option<&Documents>],
    limit: usize,
) -> io::Result<(Vec<(f32, Place)>, bool)> {
    let mut best = Best::new(limit);
    let Some(codes) = vectors.codes.as_ref().filter(|_| snapshot.count(allowed) > EXACT) else {
        let all = snapshot.documents(allowed);
        compare(snapshot, vectors, asked, all, |place, likeness| best.push(likeness, place))?;
        return Ok((best.finish(), true));
    };
    let question = Question::new(asked, codes);
    let mut candidates = codes::best(
        codes,
        &question,
        &parts(snapshot, allowed),
        CANDIDATES.max(limit.saturating_mul(FOR_EACH)),
    );
    while !candidates.is_empty() {
        let rest = candidates.split_off(candidates.len().min(AT_ONCE));
        let now = candidates.iter().map(|candidate| candidate.place);
        compare(snapshot, vectors, asked, now, |place, likeness| best.push(likeness, place))?;
        candidates = rest;
        if let Some(least) = best.least() {
            candidates.retain(|candidate| candidate.at_most > least);
        }
    }
    Ok((best.finish(), false))
}

fn parts<'a>(snapshot: &'a Snapshot, allowed: &[Option<&'a Documents>]) -> Vec<Part<'a>> {
    let segments = (0..).zip(&snapshot.segments).zip(allowed);
    let part = |((segment, view), allowed): ((u32, &'a Arc<Segment>), &Option<&'a Documents>)| Part {
        segment,
        by_slot: &view.by_slot,
        slots: &view.slots,
        allowed: *allowed,
    };
    segments.map(part).collect()
}
