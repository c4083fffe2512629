//! Finding records by what they say.

use ::search::Mode;
use fault::{Fault, Result};
use ids::{AccountId, MemoryId};

use super::scope::RecordQuery;
use crate::index::Question;
use crate::model::Record;
use crate::service::Memory;

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrieval {
    /// Its text.
    pub text: String,
    /// Which records may be found.
    pub among: RecordQuery,
    /// How many of the best, on all pages together.
    pub best: usize,
}

/// Some of the best records.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrieved {
    /// Best first, each with its score from 0 to 1.
    pub records: Vec<(Record, f64)>,
    /// How they were found.
    pub mode: Mode,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl Memory {
    /// At most `limit` of the records that fit best, from where the last page ended. Records are found from a moment
    /// after they were written.
    pub async fn retrieve_records(
        &self,
        account: &AccountId,
        memory: &MemoryId,
        retrieval: &Retrieval,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Retrieved> {
        let memory = self.definition(account, memory).await?;
        let wanted = retrieval.among.understand(&memory, "searchCriteria.metadataFilters")?;
        let question = Question { text: &retrieval.text, wanted, limit: retrieval.best };
        let answer = self.search_records(&memory, question).await?;
        let mut records = answer.records;
        // Of equal scores the order is that of ids, so that a page goes on where the last one ended.
        records
            .sort_by(|(one, score), (other, than)| than.total_cmp(score).then_with(|| one.id.cmp(&other.id)));
        let mut left = retrieval.best;
        if let Some(after) = after {
            let position = Position::parse(after)?;
            left = position.left;
            records.retain(|(record, score)| position.is_before(record, *score));
        }
        records.truncate(left);
        let more = records.len() > limit;
        records.truncate(limit);
        let left = left - records.len();
        let next =
            records.last().filter(|_| more).map(|(record, score)| Position::text(left, *score, record));
        self.0.usage.retrieval(account, &memory.id, self.now());
        self.0.uses.add(&memory, records.iter().map(|(record, _)| &record.id), self.now());
        Ok(Retrieved { records, mode: answer.mode, next })
    }
}

/// Where a page ended: how many are left to be told, and the score and id of the last one.
struct Position<'a> {
    left: usize,
    score: f64,
    id: &'a str,
}

impl<'a> Position<'a> {
    fn parse(text: &'a str) -> Result<Self> {
        let parts: Vec<&str> = text.split(' ').collect();
        let read = || {
            let [left, score, id] = parts.as_slice() else { return None };
            let score = f64::from_bits(u64::from_str_radix(score, 16).ok()?);
            Some(Self { left: left.parse().ok()?, score, id })
        };
        read().ok_or_else(|| Fault::field("nextToken", "is none of this operation's"))
    }

    fn text(left: usize, score: f64, record: &Record) -> String {
        format!("{left} {:x} {}", score.to_bits(), record.id)
    }

    fn is_before(&self, record: &Record, score: f64) -> bool {
        score < self.score || (score.total_cmp(&self.score).is_eq() && record.id.as_str() > self.id)
    }
}
