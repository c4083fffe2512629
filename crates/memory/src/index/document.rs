//! A record as the index has it.

use ::search::{Document, Value};
use inference::Embedding;

use crate::metadata;
use crate::model::Record;

/// The field with the id of a record's strategy. No key of metadata begins so.
pub(crate) const STRATEGY: &str = "x-freehold-strategy";

pub(crate) fn document(record: &Record, vector: Option<Embedding>) -> Document {
    let user = record.metadata.iter().map(|(key, value)| (key.clone(), metadata::indexed(value)));
    let system = record.system_metadata();
    let system = system.iter().map(|(key, value)| ((*key).to_owned(), metadata::indexed(value)));
    let strategy = (STRATEGY.to_owned(), Value::Text(record.strategy_id().to_owned()));
    Document {
        id: record.id.to_string(),
        text: record.text.clone(),
        vector,
        place: record.namespace.as_ref().map(ToString::to_string).unwrap_or_default(),
        fields: user.chain(system).chain([strategy]).collect(),
    }
}
