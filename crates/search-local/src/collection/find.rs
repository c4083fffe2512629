//! What fits a question best.

use std::collections::BTreeMap;

use search::{Found, Hit, Mode, Query};

use super::Collection;
use super::snapshot::{Snapshot, Vectors};
use crate::best::Best;
use crate::documents::Documents;
use crate::error::Cause;
use crate::fusion::{Fit, scores};
use crate::lexical::Lexical;
use crate::nearest::{self, EXACT, Place};

/// Of so many documents, the best by their words and the best by their meaning, each at least, the best by both are
/// chosen, where there are too many to score all by both.
const POOL: usize = 64;

/// One search on one snapshot.
struct Search<'a> {
    snapshot: &'a Snapshot,
    allowed: Vec<Option<&'a Documents>>,
    lexical: Lexical,
    limit: usize,
}

impl Collection {
    /// The documents that fit best, best first.
    pub(crate) fn find(&self, query: &Query) -> Result<Found, Cause> {
        let snapshot = self.snapshot();
        let vectors = comparable(&snapshot, query)?;
        let lexical = Lexical::new(&query.text, &snapshot.searcher, &self.fields)?;
        let mode = match vectors {
            None => Mode::Lexical,
            Some(_) if lexical.is_asked() => Mode::Hybrid,
            Some(_) => Mode::Vector,
        };
        let allowed = snapshot.allowed(&self.fields, query)?;
        let allowed = allowed.iter().map(Option::as_ref).collect();
        let limit = query.limit.min(usize::try_from(snapshot.searcher.num_docs()).unwrap_or(usize::MAX));
        let search = Search { snapshot: &snapshot, allowed, lexical, limit };
        let (found, exact) = match (vectors, mode) {
            (Some((vectors, asked)), Mode::Hybrid) => search.by_both(vectors, asked)?,
            (Some((vectors, asked)), _) => nearest::find(&snapshot, vectors, asked, &search.allowed, limit)?,
            (None, _) => (search.by_words(limit)?, true),
        };
        let hit = |(score, place)| Ok(Hit { id: snapshot.id(place, &self.fields)?, score: f64::from(score) });
        let mut hits = found.into_iter().map(hit).collect::<Result<Vec<_>, Cause>>()?;
        hits.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.id.cmp(&other.id)));
        Ok(Found { hits, mode, exact })
    }
}

impl Search<'_> {
    fn by_words(&self, limit: usize) -> Result<Vec<(f32, Place)>, Cause> {
        let mut best = Best::new(limit);
        let segments = (0..).zip(self.snapshot.searcher.segment_readers()).zip(&self.allowed);
        for ((ordinal, segment), allowed) in segments {
            self.lexical.find(ordinal, segment, *allowed, &mut best)?;
        }
        Ok(best.finish())
    }

    fn by_both(&self, vectors: &Vectors, asked: &[f32]) -> Result<(Vec<(f32, Place)>, bool), Cause> {
        let all = self.snapshot.count(&self.allowed);
        let pool = if all <= EXACT { all } else { self.limit.max(POOL) };
        let mut fits: BTreeMap<Place, Fit> = BTreeMap::new();
        for (words, place) in self.by_words(pool)? {
            fits.entry(place).or_default().words = words;
        }
        let (nearest, exact) = nearest::find(self.snapshot, vectors, asked, &self.allowed, pool)?;
        for (likeness, place) in nearest {
            fits.entry(place).or_default().meaning = Some(likeness);
        }
        if pool < all {
            self.complete(vectors, asked, &mut fits)?;
        }
        let (places, fits): (Vec<_>, Vec<_>) = fits.into_iter().unzip();
        let mut best = Best::new(self.limit);
        scores(&fits).into_iter().zip(places).for_each(|(score, place)| best.push(score, place));
        Ok((best.finish(), exact))
    }

    /// What was found in one way is scored in the other, too.
    fn complete(
        &self,
        vectors: &Vectors,
        asked: &[f32],
        fits: &mut BTreeMap<Place, Fit>,
    ) -> Result<(), Cause> {
        let places = |which: fn(&Fit) -> bool| -> Vec<Place> {
            fits.iter().filter(|(_, fit)| which(fit)).map(|(place, _)| *place).collect()
        };
        let (wordless, unknown) = (places(|fit| fit.words == 0.0), places(|fit| fit.meaning.is_none()));
        for places in wordless.chunk_by(|one, other| one.0 == other.0) {
            let segment = places[0].0;
            let documents = places.iter().map(|(_, document)| *document);
            let reader = self.snapshot.searcher.segment_reader(segment);
            self.lexical.score(reader, documents, |document, words| {
                fits.entry((segment, document)).or_default().words = words;
            })?;
        }
        nearest::compare(self.snapshot, vectors, asked, unknown.into_iter(), |place, likeness| {
            fits.entry(place).or_default().meaning = Some(likeness);
        })?;
        Ok(())
    }
}

/// The vectors and the question's, if there are any of both and they can be compared.
fn comparable<'a>(
    snapshot: &'a Snapshot,
    query: &'a Query,
) -> Result<Option<(&'a Vectors, &'a [f32])>, Cause> {
    let vectors = snapshot.vectors.as_ref().filter(|_| snapshot.count_vectors() > 0);
    let Some((vectors, asked)) = vectors.zip(query.vector.as_ref()) else { return Ok(None) };
    if vectors.embedder != asked.embedder {
        let has = Box::new((*vectors.embedder).clone());
        return Err(Cause::OtherEmbedder { has, came: Box::new((*asked.embedder).clone()) });
    }
    if asked.vector.len() != vectors.embedder.dimension {
        return Err(Cause::Refused("the question's vector has not as many numbers as its embedder says"));
    }
    Ok(Some((vectors, &asked.vector)))
}
