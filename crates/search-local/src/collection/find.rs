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

/// Of so many documents the best by their words are weighed exactly, at least, and of so many for each that is wanted.
const ROUGH: usize = 64;
const ROUGH_FOR_EACH: usize = 2;

/// One search on one snapshot.
struct Search<'a> {
    snapshot: &'a Snapshot,
    allowed: Vec<Option<&'a Documents>>,
    lexical: Lexical<'a>,
    limit: usize,
    /// How many documents may be found.
    all: usize,
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
        let allowed: Vec<_> = allowed.iter().map(Option::as_ref).collect();
        let all = snapshot.count(&allowed);
        let limit = query.limit.min(all);
        let search = Search { snapshot: &snapshot, allowed, lexical, limit, all };
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
        if self.all <= EXACT {
            let seen = self.lexical.look(self.snapshot.documents(&self.allowed).collect())?;
            self.lexical.among_themselves(&seen).for_each(|(words, place)| best.push(words, place));
        } else {
            let rough = ROUGH.max(limit.saturating_mul(ROUGH_FOR_EACH));
            let seen = self.lexical.look(self.lexical.candidates(&self.allowed, rough)?)?;
            self.lexical.among_all(&seen).for_each(|(words, place)| best.push(words, place));
        }
        Ok(best.finish())
    }

    fn by_both(&self, vectors: &Vectors, asked: &[f32]) -> Result<(Vec<(f32, Place)>, bool), Cause> {
        let pool = if self.all <= EXACT { self.all } else { self.limit.max(POOL) };
        let mut fits: BTreeMap<Place, Fit> = BTreeMap::new();
        for (words, place) in self.by_words(pool)? {
            fits.entry(place).or_default().words = words;
        }
        let (nearest, exact) = nearest::find(self.snapshot, vectors, asked, &self.allowed, pool)?;
        for (likeness, place) in nearest {
            fits.entry(place).or_default().meaning = Some(likeness);
        }
        if pool < self.all {
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
        let seen = self.lexical.look(wordless)?;
        for (words, place) in self.lexical.among_all(&seen) {
            fits.entry(place).or_default().words = words;
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
