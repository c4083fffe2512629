//! What tantivy keeps of a document: its id, its words, its marks, its numbers and its vector's slot.

use std::collections::BTreeMap;

use search::{Document, Value};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, JsonObjectOptions, OwnedValue, STORED, Schema, TextFieldIndexing,
    TextOptions, Value as _,
};
use tantivy::{TantivyDocument, Term, f64_to_u64, u64_to_i64};

use crate::marks::{Mark, name_of};
use crate::slots::{NO_SLOT, Slot};
use crate::words;

/// The fields' numbers.
#[derive(Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) id: Field,
    pub(crate) text: Field,
    pub(crate) marks: Field,
    pub(crate) numbers: Field,
    pub(crate) slot: Field,
}

const NUMBERS: &str = "numbers";
pub(crate) const SLOT: &str = "slot";

/// The schema of every collection.
pub(crate) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer(words::NAME)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let fields = Fields {
        id: schema.add_text_field("id", STORED),
        text: schema.add_text_field("text", TextOptions::default().set_indexing_options(words)),
        marks: schema.add_bytes_field("marks", tantivy::schema::INDEXED),
        numbers: schema.add_json_field(NUMBERS, JsonObjectOptions::default().set_fast("raw")),
        slot: schema.add_u64_field(SLOT, FAST),
    };
    (schema.build(), fields)
}

/// The column of a field's numbers, or of its instants.
pub(crate) enum Column<'a> {
    Numbers(&'a str),
    Instants(&'a str),
}

impl Column<'_> {
    /// The name within the JSON field: no character of a field's own name gets there.
    fn key(&self) -> String {
        match self {
            Self::Numbers(field) => format!("n{}", name_of(field)),
            Self::Instants(field) => format!("i{}", name_of(field)),
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("{NUMBERS}.{}", self.key())
    }
}

/// Numbers in an order that is theirs as integers, too; there is no place for what is no number.
pub(crate) fn ordered(number: f64) -> Option<i64> {
    (!number.is_nan()).then(|| u64_to_i64(f64_to_u64(number + 0.0)))
}

impl Fields {
    /// What finds the document of an id.
    pub(crate) fn term(&self, id: &str) -> Term {
        self.mark(&Mark::Id(id))
    }

    pub(crate) fn mark(&self, mark: &Mark<'_>) -> Term {
        Term::from_field_bytes(self.marks, &mark.digest())
    }

    /// A document as tantivy takes it.
    pub(crate) fn document(&self, document: &Document, slot: Option<Slot>) -> TantivyDocument {
        let mut made = TantivyDocument::new();
        made.add_text(self.id, &document.id);
        made.add_text(self.text, &document.text);
        made.add_u64(self.slot, u64::from(slot.unwrap_or(NO_SLOT)));
        let mut add = |mark: Mark<'_>| made.add_bytes(self.marks, &mark.digest());
        add(Mark::Id(&document.id));
        add(Mark::At(search::place::trimmed(&document.place)));
        search::place::with_ancestors(&document.place).map(Mark::Below).for_each(&mut add);
        let mut numbers = BTreeMap::new();
        for (field, value) in &document.fields {
            add(Mark::Has(field));
            match value {
                Value::Text(text) => add(Mark::Is(field, text)),
                Value::Texts(texts) => {
                    add(Mark::Are(field, texts));
                    texts.iter().for_each(|text| add(Mark::Among(field, text)));
                }
                Value::Number(number) => {
                    let number = ordered(*number).map(OwnedValue::I64);
                    numbers.extend(number.map(|number| (Column::Numbers(field).key(), number)));
                }
                Value::Instant(instant) => {
                    numbers.insert(Column::Instants(field).key(), OwnedValue::I64(*instant));
                }
            }
        }
        if !numbers.is_empty() {
            made.add_object(self.numbers, numbers);
        }
        made
    }

    /// The id of a stored document.
    pub(crate) fn id_of(&self, document: &TantivyDocument) -> Option<String> {
        document.get_first(self.id)?.as_str().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order_as_integers() {
        let numbers =
            [f64::NEG_INFINITY, -9e300, -1.5, -1.0, -f64::MIN_POSITIVE, 0.0, 1e-9, 1.0, 9e300, f64::INFINITY];
        assert!(numbers.map(|number| ordered(number).unwrap()).is_sorted_by(|one, next| one < next));
        assert_eq!(ordered(-0.0), ordered(0.0));
        assert_eq!(ordered(f64::NAN), None);
    }
}
