//! How many memories and strategies there may be.

use fault::{Fault, Kind, Result};
use store::KeyRange;

use crate::model::Definition;
use crate::rows::MEMORIES;
use crate::service::Memory;

/// The most strategies of a memory.
const OF_ONE: usize = 6;

impl Memory {
    /// Refuses a memory that the account has no room for: a new one, or one that was there before and now has more
    /// strategies.
    pub(super) async fn has_room(&self, before: Option<&Definition>, after: &Definition) -> Result<()> {
        let own = after.strategies.len();
        if before.is_some_and(|before| own <= before.strategies.len()) {
            return Ok(());
        }
        if own > OF_ONE {
            return Err(full("A memory", OF_ONE, "strategies"));
        }
        let below = KeyRange::below([after.account.as_str()]);
        let others = MEMORIES.list(self.store(), &below, usize::MAX).await?.into_iter();
        let others: Vec<usize> = others
            .filter(|other| other.value.id != after.id)
            .map(|other| other.value.strategies.len())
            .collect();
        let options = &self.0.options;
        if before.is_none() && others.len() >= options.max_memories {
            return Err(full("An account", options.max_memories, "memories"));
        }
        if others.iter().sum::<usize>() + own > options.max_strategies && own > 0 {
            return Err(full("An account", options.max_strategies, "strategies"));
        }
        Ok(())
    }
}

fn full(whose: &str, most: usize, what: &str) -> Fault {
    Fault::new(Kind::QuotaExceeded, format!("{whose} has at most {most} {what}. Delete one first."))
}
