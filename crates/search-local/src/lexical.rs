//! How well documents fit a question by its words.
//!
//! How much a word tells depends on how many documents have it. Among few, these few are counted: what stands in
//! other places changes nothing. Of many, tantivy's own BM25 finds candidates without looking at all of them, and
//! what it counts of the whole collection weighs them.

mod weight;

use tantivy::index::SegmentReader;
use tantivy::postings::Postings as _;
use tantivy::query::{BooleanQuery, EnableScoring, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet as _, Searcher, TERMINATED, Term};

use crate::best::Best;
use crate::documents::Documents;
use crate::nearest::Place;
use crate::schema::Fields;
use crate::words;
use weight::{Statistics, Weight};

/// The words of a question that are looked for, the rarest ones.
const MOST_WORDS: usize = 64;

/// From this many of a segment's documents on, one in so many, it pays to look for words first and to ask then
/// whether their document may be found.
const SELECTIVE: usize = 64;

pub(crate) struct Lexical<'a> {
    searcher: &'a Searcher,
    text: Field,
    /// The words that are looked for.
    words: Vec<Word>,
    /// How many the question has, common ones among them.
    length: u32,
    /// Of the whole collection.
    everywhere: Statistics,
}

struct Word {
    term: Term,
    times: u32,
}

/// What some documents have of the question's words.
#[derive(Default)]
pub(crate) struct Seen {
    places: Vec<Place>,
    lengths: Vec<u32>,
    had: Vec<Had>,
}

/// A document, by its number among these, has a word so many times.
struct Had {
    document: usize,
    word: usize,
    times: u32,
}

impl<'a> Lexical<'a> {
    pub(crate) fn new(question: &str, searcher: &'a Searcher, fields: &Fields) -> tantivy::Result<Self> {
        let mut everywhere = Statistics::default();
        for segment in searcher.segment_readers() {
            everywhere.documents += u64::from(segment.max_doc());
            everywhere.words += segment.inverted_index(fields.text)?.total_num_tokens();
        }
        let mut words = Vec::new();
        for (word, times) in words::asked(question) {
            let term = Term::from_field_text(fields.text, &word);
            words.push((searcher.doc_freq(&term)?, Word { term, times }));
        }
        words.sort_by_key(|(having, _)| *having);
        words.truncate(MOST_WORDS);
        let (having, words) = words.into_iter().unzip();
        everywhere.having = having;
        Ok(Self { searcher, text: fields.text, words, length: words::length(question), everywhere })
    }

    /// Whether the question has words.
    pub(crate) fn is_asked(&self) -> bool {
        !self.words.is_empty()
    }

    /// At least so many of those that may be found, among them, most likely, the best ones. Each segment's are
    /// together and ascend.
    pub(crate) fn candidates(
        &self,
        allowed: &[Option<&Documents>],
        wanted: usize,
    ) -> tantivy::Result<Vec<Place>> {
        let known = self.words.iter().zip(&self.everywhere.having).filter(|(_, having)| **having > 0);
        let terms = known.map(|(word, _)| -> Box<dyn Query> {
            Box::new(TermQuery::new(word.term.clone(), IndexRecordOption::WithFreqs))
        });
        let terms: Vec<_> = terms.collect();
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let query = BooleanQuery::union(terms);
        let weight = query.weight(EnableScoring::enabled_from_searcher(self.searcher))?;
        let (mut places, mut best) = (Vec::new(), Best::new(wanted));
        for ((ordinal, segment), allowed) in (0..).zip(self.searcher.segment_readers()).zip(allowed) {
            if let Some(few) = allowed.filter(|few| few.len() < segment.max_doc() as usize / SELECTIVE) {
                places.extend(few.iter().map(|document| (ordinal, document)));
                continue;
            }
            let least = |best: &Best<Place>| best.threshold().max(f32::MIN);
            weight.for_each_pruning(least(&best), segment, &mut |document, score| {
                if allowed.is_none_or(|allowed| allowed.contains(document)) {
                    best.push(score, (ordinal, document));
                }
                least(&best)
            })?;
        }
        places.extend(best.finish().into_iter().map(|(_, place)| place));
        places.sort_unstable();
        Ok(places)
    }

    /// What these documents have of the question's words. Each segment's are together and ascend.
    pub(crate) fn look(&self, places: Vec<Place>) -> tantivy::Result<Seen> {
        let mut seen = Seen { places, ..Seen::default() };
        let mut first = 0;
        for places in seen.places.chunk_by(|one, other| one.0 == other.0) {
            let segment = self.searcher.segment_reader(places[0].0);
            let lengths = segment.get_fieldnorms_reader(self.text)?;
            seen.lengths.extend(places.iter().map(|(_, document)| lengths.fieldnorm(*document)));
            self.look_in(segment, places, first, &mut seen.had)?;
            first += places.len();
        }
        Ok(seen)
    }

    fn look_in(
        &self,
        segment: &SegmentReader,
        places: &[Place],
        first: usize,
        had: &mut Vec<Had>,
    ) -> tantivy::Result<()> {
        let index = segment.inverted_index(self.text)?;
        for (word, asked) in self.words.iter().enumerate() {
            let Some(mut having) = index.read_postings(&asked.term, IndexRecordOption::WithFreqs)? else {
                continue;
            };
            for (document, (_, place)) in (first..).zip(places) {
                let next = if having.doc() < *place { having.seek(*place) } else { having.doc() };
                if next == *place {
                    had.push(Had { document, word, times: having.term_freq() });
                } else if next == TERMINATED {
                    break;
                }
            }
        }
        Ok(())
    }

    /// How well they fit: those that have any of the words, weighed among themselves.
    pub(crate) fn among_themselves<'s>(&self, seen: &'s Seen) -> impl Iterator<Item = (f32, Place)> + 's {
        let mut among = Statistics {
            documents: seen.places.len() as u64,
            words: seen.lengths.iter().map(|length| u64::from(*length)).sum(),
            having: vec![0; self.words.len()],
        };
        seen.had.iter().for_each(|had| among.having[had.word] += 1);
        self.weigh(seen, &among)
    }

    /// The same, weighed among all documents of the collection.
    pub(crate) fn among_all<'s>(&self, seen: &'s Seen) -> impl Iterator<Item = (f32, Place)> + 's {
        self.weigh(seen, &self.everywhere)
    }

    fn weigh<'s>(&self, seen: &'s Seen, among: &Statistics) -> impl Iterator<Item = (f32, Place)> + use<'s> {
        let weight = Weight::new(among, self.length, self.words.iter().map(|word| word.times));
        let mut got = vec![0.0; seen.places.len()];
        for had in &seen.had {
            got[had.document] += weight.gets(had.word, had.times, seen.lengths[had.document]);
        }
        let scored = got.into_iter().zip(&seen.places).filter(|(got, _)| *got > 0.0);
        scored.map(move |(got, place)| (weight.share(got), *place))
    }
}
