//! A collection as of one commit. It stays as it is while others write.

use std::collections::HashMap;
use std::sync::Arc;

use inference::EmbedderId;
use search::Query;
use tantivy::index::{SegmentId, SegmentReader};
use tantivy::{Opstamp, Searcher, TantivyDocument};

use crate::codes::Codes;
use crate::documents::Documents;
use crate::error::Cause;
use crate::nearest::Place;
use crate::schema::{Fields, SLOT};
use crate::scope;
use crate::slots::{NO_SLOT, Slot, Slots, damaged};

pub(crate) struct Snapshot {
    pub(crate) searcher: Searcher,
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) vectors: Option<Vectors>,
}

/// What is known of a segment beside what tantivy knows.
pub(crate) struct Segment {
    id: SegmentId,
    /// The last change of what is removed.
    removals: Option<Opstamp>,
    /// The slot of each document's vector.
    pub(crate) slots: Arc<[Slot]>,
    /// The documents that have one, in the order of their slots.
    pub(crate) by_slot: Arc<[u32]>,
    /// The documents that are not removed; all of them if there is none.
    alive: Option<Documents>,
    /// How many of those have a vector.
    vectors: usize,
}

/// The vectors of a collection that has some.
#[derive(Clone)]
pub(crate) struct Vectors {
    pub(crate) embedder: Arc<EmbedderId>,
    pub(crate) file: Arc<Slots>,
    /// Where there are many.
    pub(crate) codes: Option<Codes>,
}

impl Snapshot {
    /// What the searcher sees. What an earlier snapshot knows of the same segments is not read again.
    pub(crate) fn new(
        searcher: Searcher,
        vectors: Option<Vectors>,
        before: Option<&Self>,
    ) -> Result<Self, Cause> {
        let known: HashMap<_, _> =
            before.iter().flat_map(|before| &before.segments).map(|segment| (segment.id, segment)).collect();
        let read = |reader: &SegmentReader| match known.get(&reader.segment_id()) {
            Some(segment) if segment.removals == reader.delete_opstamp() => Ok(Arc::clone(segment)),
            Some(segment) => Ok(Arc::new(segment.again(reader))),
            None => Ok(Arc::new(Segment::new(reader)?)),
        };
        let segments = searcher.segment_readers().iter().map(read).collect::<Result<_, Cause>>()?;
        Ok(Self { searcher, segments, vectors })
    }

    /// How many documents have a vector.
    pub(crate) fn count_vectors(&self) -> usize {
        self.segments.iter().map(|segment| segment.vectors).sum()
    }

    /// Slots that are in use, in no order.
    pub(crate) fn used(&self) -> Vec<Slot> {
        let alive: Vec<_> = self.segments.iter().map(|segment| segment.alive.as_ref()).collect();
        self.documents(&alive).filter_map(|place| self.slot(place)).collect()
    }

    pub(crate) fn slot(&self, (segment, document): Place) -> Option<Slot> {
        let slot = self.segments[segment as usize].slots[document as usize];
        (slot != NO_SLOT).then_some(slot)
    }

    /// What a query's scope and filters leave, segment by segment: no removed ones, and `None` for everything.
    pub(crate) fn allowed(&self, fields: &Fields, query: &Query) -> Result<Vec<Option<Documents>>, Cause> {
        let segments = self.searcher.segment_readers().iter().zip(&self.segments);
        let allowed = segments.map(|(segment, view)| {
            let mut left = scope::allowed(segment, fields, query)?;
            match (&mut left, &view.alive) {
                (Some(left), Some(alive)) => left.intersect(alive),
                (None, alive) => left.clone_from(alive),
                (Some(_), None) => {}
            }
            Ok(left)
        });
        allowed.collect()
    }

    /// How many documents that are.
    pub(crate) fn count(&self, allowed: &[Option<&Documents>]) -> usize {
        let all = self.segments.iter().map(|segment| segment.slots.len());
        all.zip(allowed).map(|(all, allowed)| allowed.map_or(all, Documents::len)).sum()
    }

    /// Each of them.
    pub(crate) fn documents<'a>(
        &'a self,
        allowed: &'a [Option<&'a Documents>],
    ) -> impl Iterator<Item = Place> + 'a {
        (0..).zip(&self.segments).zip(allowed).flat_map(|((ordinal, segment), allowed)| {
            let all = (0..).zip(&*segment.slots).map(|(document, _)| document);
            let some = allowed.iter().flat_map(|allowed| allowed.iter());
            all.take_while(|_| allowed.is_none()).chain(some).map(move |document| (ordinal, document))
        })
    }

    /// A document's id.
    pub(crate) fn id(&self, (segment, document): Place, fields: &Fields) -> Result<String, Cause> {
        let address = tantivy::DocAddress { segment_ord: segment, doc_id: document };
        let stored: TantivyDocument = self.searcher.doc(address)?;
        fields.id_of(&stored).ok_or_else(|| damaged("a document has no id").into())
    }
}

impl Segment {
    fn new(reader: &SegmentReader) -> Result<Self, Cause> {
        let slots = slots(reader)?;
        let mut by_slot: Vec<u32> =
            (0..).zip(&*slots).filter(|(_, slot)| has(slot)).map(|(at, _)| at).collect();
        by_slot.sort_by_key(|document| slots[*document as usize]);
        Ok(Self::of(reader, slots, by_slot.into()))
    }

    /// The same segment, of which other documents are removed now.
    fn again(&self, reader: &SegmentReader) -> Self {
        Self::of(reader, Arc::clone(&self.slots), Arc::clone(&self.by_slot))
    }

    fn of(reader: &SegmentReader, slots: Arc<[Slot]>, by_slot: Arc<[u32]>) -> Self {
        let alive = reader.has_deletes().then(|| {
            let mut alive = Documents::none(reader.max_doc());
            reader.doc_ids_alive().for_each(|document| alive.insert(document));
            alive
        });
        let vectors = match &alive {
            Some(alive) => alive.iter().filter(|document| has(&slots[*document as usize])).count(),
            None => by_slot.len(),
        };
        Self { id: reader.segment_id(), removals: reader.delete_opstamp(), slots, by_slot, alive, vectors }
    }
}

fn has(slot: &Slot) -> bool {
    *slot != NO_SLOT
}

fn slots(segment: &SegmentReader) -> Result<Arc<[Slot]>, Cause> {
    let column = segment.fast_fields().u64(SLOT)?;
    let read =
        |document| column.first(document).and_then(|slot| Slot::try_from(slot).ok()).unwrap_or(NO_SLOT);
    Ok((0..segment.max_doc()).map(read).collect())
}
