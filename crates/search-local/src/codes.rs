//! Vectors as one bit a number, to find among very many the few that are worth a look.
//!
//! A vector's difference from the centre of all keeps its signs and one factor. From those and the question's numbers
//! follows an estimate of the likeness that is right on average and off by little (the method is known as RaBitQ). What
//! is estimated to be best is then compared exactly.
//!
//! The codes of a group of slots lie crosswise in memory: a byte of each, then the next byte of each. A question says
//! what each half of a byte is worth, in tables of 16 entries, and one instruction looks such a table up for the whole
//! group.

mod group;
mod question;
mod scan;

pub(crate) use question::Question;
pub(crate) use scan::{Part, best};

use std::io;
use std::sync::Arc;

use crate::slots::{Slot, Slots};
use group::{Column, GROUP, position};

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
    /// The signs: so many columns for each group.
    columns: Vec<Column>,
    factors: Vec<f32>,
}

/// The codes of a group of slots.
#[derive(Clone, Copy)]
struct Group<'a> {
    columns: &'a [Column],
    factors: &'a [f32; GROUP],
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
        let (columns, slot) = (self.columns(), slot as usize);
        while self.blocks.len() <= slot / BLOCK {
            self.blocks.push(Arc::new(Block {
                columns: vec![[0; GROUP]; BLOCK / GROUP * columns],
                factors: vec![0.0; BLOCK],
            }));
        }
        let block = Arc::make_mut(&mut self.blocks[slot / BLOCK]);
        let (at, (signs, factor)) = (slot % BLOCK, entry.split_at(columns));
        let group = &mut block.columns[at / GROUP * columns..][..columns];
        group.iter_mut().zip(signs).for_each(|(column, byte)| column[position(at % GROUP)] = *byte);
        block.factors[at] = factor.try_into().map(f32::from_le_bytes).expect("an entry ends with its factor");
    }

    /// A group, by its number.
    #[inline(always)]
    fn group(&self, number: usize) -> Group<'_> {
        const GROUPS: usize = BLOCK / GROUP;
        let (block, at, columns) = (&self.blocks[number / GROUPS], number % GROUPS, self.columns());
        Group {
            columns: &block.columns[at * columns..][..columns],
            factors: &block.factors.as_chunks().0[at],
        }
    }

    fn words(&self) -> usize {
        self.centre.len().div_ceil(64)
    }

    /// Bytes of a vector's signs.
    fn columns(&self) -> usize {
        self.words() * 8
    }
}
