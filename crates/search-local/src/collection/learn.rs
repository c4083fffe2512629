//! When there are many vectors, they get codes; when there are many more, codes around a better centre.

use super::snapshot::{Snapshot, Vectors};
use super::state::{CodeState, State, codes_name};
use super::{Collection, flush};
use crate::codes::Codes;
use crate::error::Cause;
use crate::nearest::EXACT;
use crate::slots::{Slot, Slots};

/// How many times as many vectors make it worth while to begin anew.
const GROWTH: usize = 8;

/// The centre is that of so many vectors, at most.
const SAMPLE: usize = 16_384;

/// Vectors that are given codes at once.
const AT_ONCE: usize = 4096;

impl Collection {
    /// Makes codes for what is there and for what has just been written, if it is time to.
    pub(super) fn learn(
        &self,
        before: &Snapshot,
        vectors: &mut Vectors,
        coming: &[Slot],
        state: &mut State,
    ) -> Result<(), Cause> {
        let Some(said) = &state.vectors else { return Ok(()) };
        let learned_from = said.codes.as_ref().map(|codes| codes.learned_from);
        if learned_from.is_some() && coming.is_empty() {
            return Ok(());
        }
        let count = before.count_vectors() + coming.len();
        let enough = learned_from.map_or(EXACT, |before| before.saturating_mul(GROWTH));
        if count <= enough {
            return Ok(());
        }
        let mut slots = before.used();
        slots.extend(coming);
        slots.sort_unstable();
        let centre = centre(vectors, &slots)?;
        let file = state.next_file();
        let head: Vec<u8> = centre.iter().flat_map(|number| number.to_le_bytes()).collect();
        let size = Codes::size(centre.len());
        let written = Slots::create(&self.directory.join(codes_name(file)), &head, size)?;
        let mut codes = Codes::new(centre.into(), written);
        for part in slots.chunks(AT_ONCE) {
            let mut entries = Vec::with_capacity(part.len());
            vectors.file.read(part, |slot, bytes| entries.push((slot, codes.encode(&numbers(bytes)))))?;
            codes.write(&entries)?;
        }
        codes.flush()?;
        flush(&self.directory)?;
        vectors.codes = Some(codes);
        if let Some(said) = &mut state.vectors {
            said.codes = Some(CodeState { file, learned_from: count });
        }
        Ok(())
    }
}

/// The middle of some of these vectors.
fn centre(vectors: &Vectors, slots: &[Slot]) -> Result<Vec<f32>, Cause> {
    let some: Vec<Slot> = slots.iter().copied().step_by(slots.len().div_ceil(SAMPLE)).collect();
    let mut sums = vec![0.0; vectors.embedder.dimension];
    vectors.file.read(&some, |_, bytes| {
        sums.iter_mut().zip(numbers(bytes)).for_each(|(sum, number)| *sum += number);
    })?;
    Ok(sums.into_iter().map(|sum| sum / some.len() as f32).collect())
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
