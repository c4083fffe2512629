//! Which of many codes are estimated to be most like a question.

use std::num::NonZero;
use std::thread;

use pulp::{Arch, Simd, WithSimd};

use super::question::PLANES;
use super::{BLOCK, Codes, Question};
use crate::best::Best;
use crate::documents::Documents;
use crate::slots::{NO_SLOT, Slot};

/// Documents that a thread is worth.
const PIECE: usize = 65_536;

/// More threads than these would wait for the memory.
const MOST_THREADS: usize = 4;

/// Slots that may be the best: some of a segment's, in the order of its documents.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    /// The segment's number,
    pub(crate) segment: u32,
    /// the first document's,
    pub(crate) first: u32,
    /// and the slots of that one and those that follow it.
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
        let Self { segment, allowed, first, .. } = *self;
        let firsts = (first..).step_by(PIECE);
        let pieces = self.slots.chunks(PIECE).zip(firsts);
        pieces.map(move |(slots, first)| Part { segment, first, slots, allowed })
    }
}

fn scan(codes: &Codes, question: &Question, part: Part<'_>, best: &mut Best<Candidate>) {
    let simd = Arch::new();
    match codes.words() {
        6 => simd.dispatch(Scan::<6> { codes, question, part, best }),
        12 => simd.dispatch(Scan::<12> { codes, question, part, best }),
        16 => simd.dispatch(Scan::<16> { codes, question, part, best }),
        24 => simd.dispatch(Scan::<24> { codes, question, part, best }),
        _ => simd.dispatch(Scan::<0> { codes, question, part, best }),
    }
}

/// A scan of codes of so many words; 0 for what is not known before. It is compiled for each set of instructions, and
/// so is everything that is inlined into it by command, but nothing else.
struct Scan<'a, const WORDS: usize> {
    codes: &'a Codes,
    question: &'a Question,
    part: Part<'a>,
    best: &'a mut Best<Candidate>,
}

impl<const WORDS: usize> WithSimd for Scan<'_, WORDS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { codes, question, part, best } = self;
        let words = if WORDS == 0 { codes.words() } else { WORDS };
        let planes = question.planes().each_ref().map(|plane| &plane[..words]);
        let (mut first, mut slots) = (part.first, part.slots);
        while let Some(slot) = slots.first() {
            let length = run(slots);
            if *slot != NO_SLOT {
                let run = codes.blocks[*slot as usize / BLOCK].run(*slot as usize % BLOCK, length, words);
                for (document, (signs, positive, factor)) in (first..).zip(run) {
                    let likeness = question.estimate(steps(&signs[..words], &planes), positive, factor);
                    let allowed = || part.allowed.is_none_or(|allowed| allowed.contains(document));
                    if likeness > best.threshold() && allowed() {
                        let at_most = question.at_most(likeness, factor);
                        best.push(likeness, Candidate { place: (part.segment, document), at_most });
                    }
                }
            }
            slots = &slots[length..];
            first += u32::try_from(length).expect("a run is no longer than a block");
        }
    }
}

/// How many of these slots follow each other in a block, as those of documents do that were written together.
#[inline(always)]
fn run(slots: &[Slot]) -> usize {
    let first = slots[0];
    let most = if first == NO_SLOT { 1 } else { (BLOCK - first as usize % BLOCK).min(slots.len()) };
    let mut length = 1;
    while length < most && slots[length] as usize == first as usize + length {
        length += 1;
    }
    length
}

/// The sum of the rounded numbers whose sign is positive.
#[inline(always)]
fn steps(signs: &[u64], planes: &[&[u64]; PLANES]) -> u32 {
    let mut steps = 0;
    for (bit, plane) in planes.iter().enumerate() {
        let mut count = 0;
        for (signs, plane) in signs.iter().zip(*plane) {
            count += (signs & plane).count_ones();
        }
        steps += count << bit;
    }
    steps
}
