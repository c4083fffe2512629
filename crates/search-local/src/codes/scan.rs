//! Which of many codes are estimated to be most like a question.

use pulp::Arch;

use super::question::PLANES;
use super::{BLOCK, Block, Codes, Question};
use crate::best::Best;
use crate::documents::Documents;
use crate::slots::{NO_SLOT, Slot};

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
    let mut best = Best::new(limit);
    for part in parts {
        match codes.words() {
            6 => scan::<6>(codes, question, *part, &mut best),
            12 => scan::<12>(codes, question, *part, &mut best),
            16 => scan::<16>(codes, question, *part, &mut best),
            24 => scan::<24>(codes, question, *part, &mut best),
            _ => scan::<0>(codes, question, *part, &mut best),
        }
    }
    best.finish().into_iter().map(|(_, candidate)| candidate).collect()
}

/// So many words a code; 0 for what is not known before.
fn scan<const WORDS: usize>(codes: &Codes, question: &Question, part: Part<'_>, best: &mut Best<Candidate>) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (document, slot) in (part.first..).zip(part.slots) {
                if *slot == NO_SLOT || part.allowed.is_some_and(|allowed| !allowed.contains(document)) {
                    continue;
                }
                let (block, at) = (&codes.blocks[*slot as usize / BLOCK], *slot as usize % BLOCK);
                let likeness = estimate::<WORDS>(block, at, question);
                if likeness > best.threshold() {
                    let at_most = question.at_most(likeness, block.factors[at]);
                    best.push(likeness, Candidate { place: (part.segment, document), at_most });
                }
            }
        },
    );
}

#[inline(always)]
fn estimate<const WORDS: usize>(block: &Block, at: usize, question: &Question) -> f32 {
    let planes = question.planes();
    let words = if WORDS == 0 { planes.len() } else { WORDS };
    let (planes, signs) = (&planes[..words], &block.signs[at * words..][..words]);
    let mut counts = [0; PLANES];
    for (word, planes) in signs.iter().zip(planes) {
        for (count, plane) in counts.iter_mut().zip(planes) {
            *count += (word & plane).count_ones();
        }
    }
    let steps = counts.iter().rev().fold(0, |sum, count| 2 * sum + count);
    question.estimate(steps, block.positive[at], block.factors[at])
}
