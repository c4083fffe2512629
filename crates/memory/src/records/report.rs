//! Junk: records that say what another says, and records that nobody ever found.

use std::collections::BTreeSet;

use ::search::Scope;
use fault::Result;
use ids::{AccountId, MemoryId, MemoryRecordId};
use store::KeyRange;

use super::scope::Wanted;
use crate::index::Question;
use crate::model::{Definition, Record};
use crate::rows::{RECORD_USES, RECORDS};
use crate::service::Memory;

/// How many records are looked at, and how many of them at once.
const MOST: usize = 10_000;
const STEP: usize = 100;
/// How many neighbours of a record are compared with it.
const NEIGHBOURS: usize = 4;
/// From how much in common on two texts say the same: of the words of both, those that are in both.
const ALIKE: f64 = 0.8;
/// How much of a text is asked for when its neighbours are looked for.
const QUESTION: usize = 2_000;

/// What of a memory may be junk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Junk {
    /// How many records were looked at.
    pub looked_at: usize,
    /// Whether there are more.
    pub more: bool,
    /// Pairs of records of the same place that say the same.
    pub duplicates: Vec<Duplicate>,
    /// Records that were never found, in the order of their ids.
    pub never_found: Vec<MemoryRecordId>,
}

/// Two records that say the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Duplicate {
    /// The older one.
    pub first: MemoryRecordId,
    /// The newer one.
    pub second: MemoryRecordId,
    /// How alike they are, from 0 to 1; 1 if they differ in case, spaces and punctuation at most.
    pub likeness: f64,
}

impl Junk {
    /// Each pair once: it was found from both of its sides.
    fn sorted(mut self) -> Self {
        self.duplicates.sort_by(|one, other| (&one.first, &one.second).cmp(&(&other.first, &other.second)));
        self.duplicates.dedup_by(|one, other| (&one.first, &one.second) == (&other.first, &other.second));
        self
    }
}

impl Memory {
    /// Looks for junk in a memory.
    pub async fn junk(&self, account: &AccountId, memory: &MemoryId) -> Result<Junk> {
        let memory = self.definition(account, memory).await?;
        self.settle(account, &memory.id).await?;
        self.write_uses().await?;
        let mut range = KeyRange::below([account.as_str(), memory.id.as_str()]);
        let mut junk = Junk::default();
        loop {
            let rows = RECORDS.list(self.store(), &range, STEP).await?;
            let Some(last) = rows.last() else { return Ok(junk.sorted()) };
            if junk.looked_at >= MOST {
                return Ok(Junk { more: true, ..junk.sorted() });
            }
            range = range.after(last.key.clone());
            let now = self.now();
            for row in rows.into_iter().filter(|row| !row.value.is_over(now)) {
                junk.looked_at += 1;
                if RECORD_USES.get(self.store(), &row.key).await?.is_none() {
                    junk.never_found.push(row.value.id.clone());
                }
                junk.duplicates.extend(self.duplicates(&memory, &row.value).await?);
            }
        }
    }

    /// The pairs of a record with those that say the same.
    async fn duplicates(&self, memory: &Definition, record: &Record) -> Result<Vec<Duplicate>> {
        let mut pairs = Vec::new();
        for (other, _) in self.neighbours(memory, record).await? {
            let likeness = likeness(&record.text, &other.text);
            if other.id != record.id && likeness >= ALIKE {
                let (first, second) = match (record.created_at, &record.id) < (other.created_at, &other.id) {
                    true => (record.id.clone(), other.id),
                    false => (other.id, record.id.clone()),
                };
                pairs.push(Duplicate { first, second, likeness });
            }
        }
        Ok(pairs)
    }

    async fn neighbours(&self, memory: &Definition, record: &Record) -> Result<Vec<(Record, f64)>> {
        let namespace = record.namespace.as_ref().map(ToString::to_string).unwrap_or_default();
        let text: String = record.text.chars().take(QUESTION).collect();
        let wanted =
            Wanted { scope: Scope::At(namespace), strategy: Some(record.strategy_id()), filters: Vec::new() };
        // One more: a text is its own nearest neighbour.
        let question = Question { text: &text, wanted, limit: NEIGHBOURS + 1 };
        Ok(self.search_records(memory, question).await?.records)
    }
}

fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (words(one), words(other));
    if one == other {
        return 1.0;
    }
    let (one, other): (BTreeSet<&String>, BTreeSet<&String>) = (one.iter().collect(), other.iter().collect());
    let (both, any) = (one.intersection(&other).count(), one.union(&other).count());
    // Texts are at most 16,000 characters: such counts are exact as floating-point numbers.
    f64::from(u32::try_from(both).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(any.max(1)).unwrap_or(u32::MAX))
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_alike_by_their_words() {
        assert!((likeness("Likes  TEA.", "likes tea") - 1.0).abs() < 1e-9);
        assert!(likeness("likes green tea", "likes black coffee") < ALIKE);
        assert!(likeness("a b c d e f g h i j", "a b c d e f g h i k") > ALIKE);
        assert!(likeness("", "word") < ALIKE);
    }
}
