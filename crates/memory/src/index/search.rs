//! Searching records: the index suggests, the rows decide.

use ::search::{CollectionName, Filter, Found, Mode, Query, SearchError, Test, Value};
use fault::{Fault, Kind, Result};
use ids::MemoryRecordId;
use inference::{Embedding, Purpose};

use super::embedder::Embedded;
use super::{Shelf, collection, document};
use crate::model::{Definition, Record};
use crate::records::Wanted;
use crate::rows::{RECORDS, record_key};
use crate::service::{Memory, report};

/// The most documents that the index is asked for at once.
const MOST: usize = 1_000;

/// What is asked of records.
pub(crate) struct Question<'a> {
    pub(crate) text: &'a str,
    pub(crate) wanted: Wanted<'a>,
    pub(crate) limit: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Best first, each with its score.
    pub(crate) records: Vec<(Record, f64)>,
    pub(crate) mode: Mode,
}

impl Memory {
    /// The records that fit best. The index may be a moment behind, so each is looked at as its row is now; where some
    /// of what it suggested is not so any more, it is asked for more.
    pub(crate) async fn search_records(&self, memory: &Definition, question: Question<'_>) -> Result<Answer> {
        let Question { text, wanted, limit } = question;
        let vector = self.embed_question(memory, text).await;
        let mut filters = wanted.filters.clone();
        filters.extend(wanted.strategy.map(|strategy| Filter {
            field: document::STRATEGY.to_owned(),
            test: Test::Equals(Value::Text(strategy.to_owned())),
        }));
        let mut query = Query { text: text.to_owned(), vector, scope: wanted.scope.clone(), filters, limit };
        loop {
            let found = self.ask_index(memory, &query).await?;
            let (suggested, mode) = (found.hits.len(), found.mode);
            let now = self.now();
            let mut records = self.current(memory, found).await?;
            records.retain(|(record, _)| wanted.has(record, now));
            if records.len() >= limit || suggested < query.limit || query.limit >= MOST {
                records.truncate(limit);
                return Ok(Answer { records, mode });
            }
            query.limit = (query.limit * 2).min(MOST);
        }
    }

    /// The rows of what was found, without what has none any more.
    async fn current(&self, memory: &Definition, found: Found) -> Result<Vec<(Record, f64)>> {
        let key = |id: &str| Some(record_key(memory, &MemoryRecordId::parse(id).ok()?));
        let hits = found.hits.into_iter().filter_map(|hit| Some((key(&hit.id)?, hit.score)));
        let (keys, scores): (Vec<_>, Vec<_>) = hits.unzip();
        let rows = RECORDS.get_many(self.store(), &keys).await?;
        Ok(rows.into_iter().zip(scores).filter_map(|(row, score)| Some((row?.value, score))).collect())
    }

    /// Asks the collection that is searched; where that is damaged, the one that is to take its place.
    async fn ask_index(&self, memory: &Definition, query: &Query) -> Result<Found> {
        let mut damage = None;
        for generation in self.generations(&memory.account, &memory.id).await? {
            let collection = collection(&memory.account, &memory.id, Shelf::Records, generation);
            match self.ask_collection(memory, &collection, query).await {
                Err(error @ SearchError::Damaged { .. }) => damage = Some(error),
                found => return found.map_err(unavailable),
            }
        }
        self.want_rebuild(&memory.account, &memory.id, None).await?;
        Err(unavailable(damage.expect("there is a generation, and it is damaged")))
    }

    async fn ask_collection(
        &self,
        memory: &Definition,
        collection: &CollectionName,
        query: &Query,
    ) -> Result<Found, SearchError> {
        match self.0.index.search(collection, query.clone()).await {
            // Until the collection is written anew with the embedder of now.
            Err(SearchError::OtherEmbedder { .. }) => {
                if let Err(error) = self.want_rebuild(&memory.account, &memory.id, None).await {
                    report(&error, "a search index with vectors of another embedder could not be noted");
                }
                self.0.index.search(collection, Query { vector: None, ..query.clone() }).await
            }
            found => found,
        }
    }

    /// The question as a vector; `None` where there is no embedder, or it does not answer.
    async fn embed_question(&self, memory: &Definition, text: &str) -> Option<Embedding> {
        match self.embed(&memory.account, &[text.to_owned()], Purpose::Query).await {
            Embedded::Vectors(mut vectors) => vectors.pop().flatten(),
            Embedded::Never | Embedded::Later => None,
        }
    }
}

fn unavailable(error: SearchError) -> Fault {
    Fault::new(Kind::Unavailable, "The search index cannot be read at the moment. Retry later.")
        .because(error)
}
