//! Which of many codes are estimated to be most like a question.

use std::num::NonZero;
use std::thread;

use pulp::NullaryFnOnce;
use pulp::x86::V3;

use super::group::{Anywhere, GROUP, Sum};
use super::{Codes, Question};
use crate::best::Best;
use crate::documents::Documents;
use crate::slots::Slot;

/// Documents that a thread is worth.
const PIECE: usize = 65_536;

/// More threads than these would wait for the memory.
const MOST_THREADS: usize = 4;

/// Some of a segment's documents, of which the best are sought.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// The segment's number.
    pub(crate) segment: u32,
    /// The documents, in the order of their slots,
    pub(crate) by_slot: &'a [u32],
    /// and the slot of each document of the segment.
    pub(crate) slots: &'a [Slot],
    /// The documents that may be found; all of them if there is none.
    pub(crate) allowed: Option<&'a Documents>,
}

/// A document that may be among the best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// The segment's number and its own.
    pub(crate) place: (u32, u32),
    /// What its likeness hardly exceeds.
    pub(crate) at_most: f32,
}

/// So many documents that are estimated to be most alike, the best first.
pub(crate) fn best(codes: &Codes, question: &Question, parts: &[Part<'_>], limit: usize) -> Vec<Candidate> {
    let pieces: Vec<Part<'_>> = parts.iter().flat_map(Part::pieces).collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    let share = pieces.len().div_ceil(threads).max(1);
    let scan_all = |pieces: &[Part<'_>]| {
        let mut best = Best::new(limit);
        pieces.iter().for_each(|piece| scan(codes, question, *piece, &mut best));
        best.finish()
    };
    let mut shares = pieces.chunks(share);
    let ours = shares.next().unwrap_or_default();
    let found = thread::scope(|scope| {
        let others: Vec<_> = shares.map(|pieces| scope.spawn(move || scan_all(pieces))).collect();
        let mut found = scan_all(ours);
        found.extend(others.into_iter().flat_map(|other| other.join().expect("a scan does not panic")));
        found
    });
    let mut best = Best::new(limit);
    found.into_iter().for_each(|(likeness, candidate)| best.push(likeness, candidate));
    best.finish().into_iter().map(|(_, candidate)| candidate).collect()
}

impl<'a> Part<'a> {
    /// The same in pieces, so that threads can share them out.
    fn pieces(&self) -> impl Iterator<Item = Part<'a>> + use<'a> {
        let part = *self;
        part.by_slot.chunks(PIECE).map(move |by_slot| Part { by_slot, ..part })
    }
}

fn scan(codes: &Codes, question: &Question, part: Part<'_>, best: &mut Best<Candidate>) {
    match V3::try_new() {
        Some(simd) => simd.vectorize(Scan { codes, question, part, best, simd }),
        None => Scan { codes, question, part, best, simd: Anywhere }.call(),
    }
}

/// A scan. It is compiled for a set of instructions, and so is everything that is inlined into it by command, but
/// nothing else: a closure would not be.
struct Scan<'a, S> {
    codes: &'a Codes,
    question: &'a Question,
    part: Part<'a>,
    best: &'a mut Best<Candidate>,
    simd: S,
}

impl<S: Sum> NullaryFnOnce for Scan<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { codes, question, part, best, simd } = self;
        let slot = |document: &u32| part.slots[*document as usize] as usize;
        let mut left = part.by_slot;
        while let Some(first) = left.first() {
            let number = slot(first) / GROUP;
            let (here, rest) = left.split_at(length(left, |document| slot(document) / GROUP == number));
            left = rest;
            let group = codes.group(number);
            let steps = simd.sum(group.columns, question.tables());
            let mut likeness = [0.0; GROUP];
            for ((likeness, steps), factor) in likeness.iter_mut().zip(steps).zip(group.factors) {
                *likeness = question.estimate(steps, *factor);
            }
            if likeness.iter().fold(false, |any, likeness| any | (*likeness > best.threshold())) {
                for document in here {
                    let at = slot(document) % GROUP;
                    let likeness = likeness[at];
                    let allowed = || part.allowed.is_none_or(|allowed| allowed.contains(*document));
                    if likeness > best.threshold() && allowed() {
                        let at_most = question.at_most(likeness, group.factors[at]);
                        best.push(likeness, Candidate { place: (part.segment, *document), at_most });
                    }
                }
            }
        }
    }
}

/// How many of these documents, which are in the order of their slots, are in the first one's group: mostly all that
/// a group can have.
#[inline(always)]
fn length(documents: &[u32], is_here: impl Fn(&u32) -> bool) -> usize {
    let most = documents.len().min(GROUP);
    if is_here(&documents[most - 1]) {
        return most;
    }
    documents[..most].iter().take_while(|document| is_here(document)).count()
}
