//! What the codes of a group are worth, all at once.

use pulp::bytemuck::cast;
use pulp::x86::V3;

/// Slots whose codes lie crosswise.
pub(super) const GROUP: usize = 32;

/// A byte of each code of a group, each at its [`position`].
pub(super) type Column = [u8; GROUP];

/// What each of the values is worth that half a byte can have; twice, for each half of a vector register.
pub(super) type Table = [u8; 32];

/// The most that a table's entry may be: four of them are summed up in a byte.
pub(super) const MOST: u8 = 63;

/// The byte of a column that is of this code of the group: even bytes first, so that sums of even and of odd bytes
/// are in order when they are put one after the other.
pub(super) fn position(code: usize) -> usize {
    code % (GROUP / 2) * 2 + code / (GROUP / 2)
}

/// Sums up, for each code of a group, what its half bytes are worth: two tables a column, that of the lower half first.
pub(super) trait Sum: Copy {
    fn sum(self, columns: &[Column], tables: &[Table]) -> [u16; GROUP];
}

/// On any machine.
#[derive(Clone, Copy)]
pub(super) struct Anywhere;

impl Sum for Anywhere {
    #[inline(always)]
    fn sum(self, columns: &[Column], tables: &[Table]) -> [u16; GROUP] {
        let mut sums = [0; GROUP];
        for (column, [low, high]) in columns.iter().zip(tables.as_chunks().0) {
            for (code, sum) in sums.iter_mut().enumerate() {
                let byte = column[position(code)];
                *sum += u16::from(low[usize::from(byte & 15)]) + u16::from(high[usize::from(byte >> 4)]);
            }
        }
        sums
    }
}

impl Sum for V3 {
    #[inline(always)]
    fn sum(self, columns: &[Column], tables: &[Table]) -> [u16; GROUP] {
        let half = self.avx._mm256_set1_epi8(15);
        let even_bytes = self.avx._mm256_set1_epi16(0xff);
        let (mut even, mut odd) = (self.avx._mm256_setzero_si256(), self.avx._mm256_setzero_si256());
        for (columns, tables) in columns.as_chunks::<2>().0.iter().zip(tables.as_chunks::<4>().0) {
            let mut bytes = self.avx._mm256_setzero_si256();
            for (column, [low, high]) in columns.iter().zip(tables.as_chunks().0) {
                let column = cast(*column);
                let lower = self.avx2._mm256_and_si256(column, half);
                let upper = self.avx2._mm256_and_si256(self.avx2._mm256_srli_epi16::<4>(column), half);
                bytes = self.avx2._mm256_add_epi8(bytes, self.avx2._mm256_shuffle_epi8(cast(*low), lower));
                bytes = self.avx2._mm256_add_epi8(bytes, self.avx2._mm256_shuffle_epi8(cast(*high), upper));
            }
            even = self.avx2._mm256_add_epi16(even, self.avx2._mm256_and_si256(bytes, even_bytes));
            odd = self.avx2._mm256_add_epi16(odd, self.avx2._mm256_srli_epi16::<8>(bytes));
        }
        cast([even, odd])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_worth_the_same_on_all_machines() {
        let mut seed = 1_u32;
        let mut byte = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        let columns: Vec<Column> = (0..48).map(|_| [(); GROUP].map(|()| byte())).collect();
        let tables: Vec<Table> = (0..96)
            .map(|_| {
                let entries = [(); 16].map(|()| byte() % (MOST + 1));
                std::array::from_fn(|at| entries[at % 16])
            })
            .collect();
        let sums = Anywhere.sum(&columns, &tables);
        let of_the_last: u16 = columns
            .iter()
            .zip(tables.as_chunks::<2>().0)
            .map(|(column, [low, high])| {
                let byte = usize::from(column[GROUP - 1]);
                u16::from(low[byte % 16]) + u16::from(high[byte / 16])
            })
            .sum();
        assert_eq!(sums[GROUP - 1], of_the_last);
        if let Some(simd) = V3::try_new() {
            assert_eq!(simd.sum(&columns, &tables), sums);
        }
    }
}
