//! BM25, told as a share of what a document would get that is the question itself.

/// How fast a word's repetition stops to count, and how much a text's length does. Both far less than for articles
/// (1.2 and 0.75): a memory is a sentence or two, and which of the question's words it has is what tells.
const REPETITION: f32 = 0.3;
const LENGTH: f32 = 0.3;

/// So many more documents are thought to be there that have none of the words. Else, of a single document each word
/// would be common, and whatever else is asked for would be all that counts.
const OTHERS: f32 = 50.0;

/// What is known of some documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    pub(crate) documents: u64,
    /// The words that they have in all.
    pub(crate) words: u64,
    /// How many of them have each word that is asked for.
    pub(crate) having: Vec<u64>,
}

/// What each of a question's words is worth among some documents.
pub(crate) struct Weight {
    rarities: Vec<f32>,
    average: f32,
    /// What the question itself would get.
    whole: f32,
}

impl Weight {
    /// A question of so many words, those that are looked for each with how often it is asked.
    pub(crate) fn new(among: &Statistics, length: u32, asked: impl Iterator<Item = u32>) -> Self {
        let rarity = |having: &u64| {
            let (documents, having) = (among.documents as f32 + OTHERS, *having as f32);
            (1.0 + (documents - having + 0.5) / (having + 0.5)).ln()
        };
        let rarities = among.having.iter().map(rarity).collect();
        let average = (among.words as f32 / among.documents.max(1) as f32).max(1.0);
        let mut weight = Self { rarities, average, whole: 0.0 };
        weight.whole = asked.enumerate().map(|(word, times)| weight.gets(word, times, length)).sum();
        weight
    }

    /// What a document of so many words gets for having one of those that are asked for so many times.
    pub(crate) fn gets(&self, word: usize, times: u32, length: u32) -> f32 {
        let damping = REPETITION * (1.0 - LENGTH + LENGTH * length as f32 / self.average);
        self.rarities[word] * times as f32 * (REPETITION + 1.0) / (times as f32 + damping)
    }

    /// What a document got in all, as a share.
    pub(crate) fn share(&self, got: f32) -> f32 {
        if self.whole > 0.0 { (got / self.whole).clamp(0.0, 1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(having: &[u64]) -> Weight {
        let among = Statistics { documents: 100, words: 1_000, having: having.to_vec() };
        Weight::new(&among, 4, having.iter().map(|_| 1))
    }

    #[test]
    fn rare_words_count_most_and_each_counts_more_than_repeating_one() {
        let weight = weight(&[1, 50, 50]);
        assert!(weight.gets(0, 1, 10) > weight.gets(1, 1, 10) + weight.gets(2, 1, 10));
        assert!(weight.gets(1, 1, 10) + weight.gets(2, 1, 10) > weight.gets(1, 9, 10));
        assert!(weight.gets(1, 2, 10) > weight.gets(1, 1, 10));
        assert!(weight.gets(1, 1, 5) > weight.gets(1, 1, 50));
    }

    #[test]
    fn shares_tell_how_much_of_the_question_is_there() {
        let weight = weight(&[10, 10]);
        let [one, both] = [weight.gets(0, 1, 4), weight.gets(0, 1, 4) + weight.gets(1, 1, 4)];
        assert!((weight.share(both) - 1.0).abs() < 1e-6 && (weight.share(one) - 0.5).abs() < 1e-6);
        assert_eq!(weight.share(both + 1.0), 1.0);
        // Nothing is asked.
        assert_eq!(self::weight(&[]).share(0.0), 0.0);
    }

    #[test]
    fn words_of_a_single_document_are_not_common() {
        let among = Statistics { documents: 1, words: 6, having: vec![1, 1, 0] };
        let weight = Weight::new(&among, 3, [1; 3].into_iter());
        assert!(weight.share(weight.gets(0, 1, 6) + weight.gets(1, 1, 6)) > 0.5);
    }

    #[test]
    fn words_that_everybody_has_still_count_a_little() {
        assert!(weight(&[100]).gets(0, 1, 10) > 0.0);
    }
}
