//! How well documents fit a question by its words: BM25, as a share of what a document would get that is the
//! question itself.

use tantivy::index::SegmentReader;
use tantivy::query::{BooleanQuery, EnableScoring, Query, TermQuery, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet as _, Searcher, TERMINATED, Term};

use crate::best::Best;
use crate::documents::Documents;
use crate::schema::Fields;
use crate::words;

/// How fast a word's repetition stops to count, and how much a text's length does: tantivy's.
const REPETITION: f32 = 1.2;
const LENGTH: f32 = 0.75;

/// The words of a question that are looked for, the rarest ones.
const MOST_WORDS: usize = 64;

/// From this many of a segment's documents on, one in so many, it pays to look for words first and to ask then
/// whether their document may be found.
const SELECTIVE: usize = 64;

pub(crate) struct Lexical {
    /// `None` if the question has no words at all, or none that any document has.
    weight: Option<Box<dyn Weight>>,
    asked: bool,
    /// What the question itself would get.
    whole: f32,
}

struct Word {
    term: Term,
    times: f32,
    worth: f32,
    known: bool,
}

impl Lexical {
    pub(crate) fn new(question: &str, searcher: &Searcher, fields: &Fields) -> tantivy::Result<Self> {
        let (mut documents, mut tokens) = (0_u64, 0_u64);
        for segment in searcher.segment_readers() {
            documents += u64::from(segment.max_doc());
            tokens += segment.inverted_index(fields.text)?.total_num_tokens();
        }
        let mut words = Vec::new();
        for (word, times) in words::asked(question) {
            let term = Term::from_field_text(fields.text, &word);
            let having = searcher.doc_freq(&term)? as f32;
            let worth = (1.0 + (documents as f32 - having + 0.5) / (having + 0.5)).ln();
            words.push(Word { term, times: times as f32, worth, known: having > 0.0 });
        }
        words.sort_by(|one, other| other.worth.total_cmp(&one.worth));
        words.truncate(MOST_WORDS);
        let average = tokens as f32 / documents.max(1) as f32;
        let length = words::length(question) as f32 / average.max(1.0);
        let damping = REPETITION * (1.0 - LENGTH + LENGTH * length);
        let gets = |word: &Word| word.worth * word.times * (REPETITION + 1.0) / (word.times + damping);
        let (asked, whole) = (!words.is_empty(), words.iter().map(gets).sum());
        words.retain(|word| word.known);
        let weight = if words.is_empty() {
            None
        } else {
            let terms = words.into_iter().map(|word| -> Box<dyn Query> {
                Box::new(TermQuery::new(word.term, IndexRecordOption::WithFreqs))
            });
            let query = BooleanQuery::union(terms.collect());
            Some(query.weight(EnableScoring::enabled_from_searcher(searcher))?)
        };
        Ok(Self { weight, asked, whole })
    }

    /// Whether the question has words.
    pub(crate) fn is_asked(&self) -> bool {
        self.asked
    }

    /// Adds a segment's best documents, among those that may be found.
    pub(crate) fn find(
        &self,
        ordinal: u32,
        segment: &SegmentReader,
        allowed: Option<&Documents>,
        best: &mut Best<(u32, u32)>,
    ) -> tantivy::Result<()> {
        let Some(weight) = &self.weight else { return Ok(()) };
        if let Some(few) = allowed
            && few.len() < segment.max_doc() as usize / SELECTIVE
        {
            return self.score(segment, few.iter(), |document, score| {
                if score > best.threshold() {
                    best.push(score, (ordinal, document));
                }
            });
        }
        // Thresholds are told in the words' own measure, where no score is below 0.
        let threshold = (best.threshold() * self.whole).max(f32::MIN);
        weight.for_each_pruning(threshold, segment, &mut |document, score| {
            if allowed.is_none_or(|allowed| allowed.contains(document)) {
                best.push(self.share(score), (ordinal, document));
            }
            if best.threshold() >= 1.0 { f32::MAX } else { (best.threshold() * self.whole).max(f32::MIN) }
        })
    }

    /// Scores those of these documents, which ascend, that have any of the words.
    pub(crate) fn score(
        &self,
        segment: &SegmentReader,
        documents: impl Iterator<Item = u32>,
        mut each: impl FnMut(u32, f32),
    ) -> tantivy::Result<()> {
        let Some(weight) = &self.weight else { return Ok(()) };
        let mut scorer = weight.scorer(segment, 1.0)?;
        for document in documents {
            let reached = if scorer.doc() < document { scorer.seek(document) } else { scorer.doc() };
            if reached == document {
                each(document, self.share(scorer.score()));
            } else if reached == TERMINATED {
                break;
            }
        }
        Ok(())
    }

    fn share(&self, score: f32) -> f32 {
        (score / self.whole).clamp(0.0, 1.0)
    }
}
