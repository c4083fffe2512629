//! Vectors as one bit a number, to find among very many the few that are worth a look.
//!
//! A vector's difference from the centre of all keeps its signs and one factor. From those and the question's numbers,
//! rounded to four bits, follows an estimate of the likeness that is right on average and off by little (the method
//! is known as RaBitQ). What is estimated to be best is then compared exactly.

mod question;
mod scan;

pub(crate) use question::Question;
pub(crate) use scan::{Part, best};

use std::io;
use std::sync::Arc;

use crate::slots::{Slot, Slots};

/// Codes that are copied together when one of them changes.
const BLOCK: usize = 4096;

/// Codes by slot, in memory and in a file. Cloning is cheap, and a clone keeps what it has in memory.
#[derive(Clone)]
pub(crate) struct Codes {
    centre: Arc<[f32]>,
    file: Arc<Slots>,
    blocks: Vec<Arc<Block>>,
}

#[derive(Clone)]
struct Block {
    /// The signs, so many words a vector.
    signs: Vec<u64>,
    /// How many of the signs are positive.
    positive: Vec<u16>,
    factors: Vec<f32>,
}

/// The signs, how many of them are positive, and the factor.
type Code<'a> = (&'a [u64], u16, f32);

impl Block {
    /// Codes that follow each other.
    #[inline(always)]
    fn run(&self, at: usize, length: usize, words: usize) -> impl Iterator<Item = Code<'_>> {
        let signs = self.signs[at * words..][..length * words].chunks_exact(words);
        let (positive, factors) = (&self.positive[at..][..length], &self.factors[at..][..length]);
        signs.zip(positive).zip(factors).map(|((signs, positive), factor)| (signs, *positive, *factor))
    }
}

impl Codes {
    /// None yet, in a file that was made for them.
    pub(crate) fn new(centre: Arc<[f32]>, file: Slots) -> Self {
        Self { centre, file: Arc::new(file), blocks: Vec::new() }
    }

    /// Those of these slots, which ascend. What is in others may be anything.
    pub(crate) fn read(centre: Arc<[f32]>, file: Slots, slots: &[Slot]) -> io::Result<Self> {
        let mut codes = Self::new(centre, file);
        let file = Arc::clone(&codes.file);
        file.read(slots, |slot, entry| codes.set(slot, entry))?;
        Ok(codes)
    }

    /// Puts entries in their slots, which ascend. Durable only after [`Codes::flush`].
    pub(crate) fn write(&mut self, entries: &[(Slot, Vec<u8>)]) -> io::Result<()> {
        self.file.write(entries)?;
        entries.iter().for_each(|(slot, entry)| self.set(*slot, entry));
        Ok(())
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        self.file.flush()
    }

    pub(crate) fn centre(&self) -> &Arc<[f32]> {
        &self.centre
    }

    /// Bytes of an entry for this many numbers.
    pub(crate) fn size(dimension: usize) -> usize {
        dimension.div_ceil(64) * 8 + 4
    }

    /// A vector's entry: its signs, then its factor.
    pub(crate) fn encode(&self, vector: &[f32]) -> Vec<u8> {
        let mut signs = vec![0_u64; self.words()];
        let (mut squares, mut sizes) = (0.0, 0.0);
        for (at, (number, centre)) in vector.iter().zip(&*self.centre).enumerate() {
            let apart = number - centre;
            squares += apart * apart;
            sizes += apart.abs();
            signs[at / 64] |= u64::from(apart > 0.0) << (at % 64);
        }
        let factor = if sizes > 0.0 { squares / sizes } else { 0.0 };
        let mut entry: Vec<u8> = signs.iter().flat_map(|word| word.to_le_bytes()).collect();
        entry.extend_from_slice(&factor.to_le_bytes());
        entry
    }

    fn set(&mut self, slot: Slot, entry: &[u8]) {
        let (words, slot) = (self.words(), slot as usize);
        while self.blocks.len() <= slot / BLOCK {
            self.blocks.push(Arc::new(Block {
                signs: vec![0; BLOCK * words],
                positive: vec![0; BLOCK],
                factors: vec![0.0; BLOCK],
            }));
        }
        let block = Arc::make_mut(&mut self.blocks[slot / BLOCK]);
        let (at, (signs, factor)) = (slot % BLOCK, entry.split_at(words * 8));
        for (word, bytes) in block.signs[at * words..].iter_mut().zip(signs.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        let positive: u32 = signs.iter().map(|byte| byte.count_ones()).sum();
        block.positive[at] = u16::try_from(positive).unwrap_or(u16::MAX);
        block.factors[at] = factor.try_into().map(f32::from_le_bytes).expect("an entry ends with its factor");
    }

    fn words(&self) -> usize {
        self.centre.len().div_ceil(64)
    }
}
