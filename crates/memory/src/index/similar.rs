//! What is kept already that says much the same.

use ::search::{Filter, Scope, Test};
use fault::Result;
use ids::{Namespace, StrategyId};

use super::search::Question;
use crate::metadata;
use crate::model::{Definition, Record, RecordMetadata, Strategy};
use crate::records::Wanted;
use crate::service::Memory;

impl Memory {
    /// The most similar records of a strategy in a namespace, best first, each with its score from 0 to 1: only those
    /// whose metadata has these values and no others of the strategy's strictly consistent keys. Sees everything that
    /// was committed before the call.
    pub(crate) async fn similar(
        &self,
        memory: &Definition,
        strategy: &StrategyId,
        namespace: &Namespace,
        exact: &RecordMetadata,
        text: &str,
        limit: usize,
    ) -> Result<Vec<(Record, f64)>> {
        self.settle(&memory.account, &memory.id).await?;
        let schema = memory.strategies.iter().find(|known| known.id == *strategy);
        let keys = schema.into_iter().flat_map(Strategy::strictly_consistent);
        let filters = keys.map(|key| Filter {
            field: key.to_owned(),
            test: match exact.get(key) {
                Some(value) => Test::Equals(metadata::indexed(value)),
                None => Test::Absent,
            },
        });
        let wanted = Wanted {
            scope: Scope::At(namespace.to_string()),
            strategy: Some(strategy.as_str()),
            filters: filters.collect(),
        };
        let question = Question { text, wanted, limit };
        Ok(self.search_records(memory, question).await?.records)
    }
}
