//! Which documents of a segment may be found.

use std::ops::RangeInclusive;

use search::{Filter, Query, Scope, Test, Value, place};
use tantivy::index::SegmentReader;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, TERMINATED};

use crate::documents::Documents;
use crate::marks::Mark;
use crate::schema::{Column, Fields, ordered};

/// The documents that a query's scope and filters leave; `None` is no restriction. Removed ones may be among them.
pub(crate) fn allowed(
    segment: &SegmentReader,
    fields: &Fields,
    query: &Query,
) -> tantivy::Result<Option<Documents>> {
    let mut left = match &query.scope {
        Scope::All => None,
        Scope::Below(place) if place::trimmed(place).is_empty() => None,
        Scope::At(place) => Some(marked(segment, fields, &Mark::At(place::trimmed(place)))?),
        Scope::Below(place) => Some(marked(segment, fields, &Mark::Below(place::trimmed(place)))?),
    };
    for filter in &query.filters {
        let fulfil = fulfil(segment, fields, filter)?;
        match &mut left {
            Some(left) => left.intersect(&fulfil),
            None => left = Some(fulfil),
        }
    }
    Ok(left)
}

fn fulfil(segment: &SegmentReader, fields: &Fields, filter: &Filter) -> tantivy::Result<Documents> {
    let field = filter.field.as_str();
    let mark = match &filter.test {
        Test::Equals(Value::Text(text)) => Mark::Is(field, text),
        Test::Equals(Value::Texts(texts)) => Mark::Are(field, texts),
        Test::Contains(text) => Mark::Among(field, text),
        Test::Exists => Mark::Has(field),
        Test::Absent => {
            let mut absent = Documents::all(segment.max_doc());
            absent.subtract(&marked(segment, fields, &Mark::Has(field))?);
            return Ok(absent);
        }
        test => return within(segment, field, test),
    };
    marked(segment, fields, &mark)
}

fn marked(segment: &SegmentReader, fields: &Fields, mark: &Mark<'_>) -> tantivy::Result<Documents> {
    let mut documents = Documents::none(segment.max_doc());
    let index = segment.inverted_index(fields.marks)?;
    if let Some(mut postings) = index.read_postings(&fields.mark(mark), IndexRecordOption::Basic)? {
        while postings.doc() != TERMINATED {
            documents.insert(postings.doc());
            postings.advance();
        }
    }
    Ok(documents)
}

fn within(segment: &SegmentReader, field: &str, test: &Test) -> tantivy::Result<Documents> {
    let mut documents = Documents::none(segment.max_doc());
    let (column, range) = match test {
        Test::Equals(Value::Instant(instant)) => (Column::Instants(field), Some(*instant..=*instant)),
        Test::Before(instant) => {
            (Column::Instants(field), instant.checked_sub(1).map(|last| i64::MIN..=last))
        }
        Test::After(instant) => {
            (Column::Instants(field), instant.checked_add(1).map(|first| first..=i64::MAX))
        }
        test => (Column::Numbers(field), numbers(test)),
    };
    let column = segment.fast_fields().column_opt::<i64>(&column.path())?;
    // A column that has only values outside of the range answers as if it had some inside.
    let meets = |range: &RangeInclusive<i64>, least, most| *range.start() <= most && *range.end() >= least;
    if let Some((column, range)) = column.zip(range)
        && meets(&range, column.min_value(), column.max_value())
    {
        let mut found = Vec::new();
        column.get_docids_for_value_range(range, 0..segment.max_doc(), &mut found);
        found.into_iter().for_each(|document| documents.insert(document));
    }
    Ok(documents)
}

/// The numbers that a test holds of, in their order as integers; `None` are none.
fn numbers(test: &Test) -> Option<RangeInclusive<i64>> {
    let (least, greatest) = (ordered(f64::NEG_INFINITY)?, ordered(f64::INFINITY)?);
    Some(match test {
        Test::Equals(Value::Number(number)) => ordered(*number)?..=ordered(*number)?,
        Test::Greater(bound) => ordered(*bound)? + 1..=greatest,
        Test::GreaterOrEqual(bound) => ordered(*bound)?..=greatest,
        Test::Less(bound) => least..=ordered(*bound)? - 1,
        Test::LessOrEqual(bound) => least..=ordered(*bound)?,
        _ => return None,
    })
}
