//! How well a text fits a question by its words: BM25, as a share of what the question itself would get.

use std::collections::{BTreeMap, HashSet};

/// How fast a word's repetition stops to count, and how much a text's length does.
const REPETITION: f64 = 1.2;
const LENGTH: f64 = 0.75;

pub(super) struct Question {
    /// The words, each with how often it is asked and how much it weighs.
    words: BTreeMap<String, (f64, f64)>,
    length: f64,
    average_length: f64,
}

impl Question {
    pub(super) fn new<'a>(text: &str, texts: impl Iterator<Item = &'a str>) -> Self {
        let asked: Vec<_> = words(text).collect();
        let (mut count, mut total, mut having) = (0.0, 0.0, BTreeMap::new());
        for text in texts {
            let all: Vec<_> = words(text).collect();
            count += 1.0;
            total += all.len() as f64;
            for word in all.into_iter().collect::<HashSet<_>>() {
                *having.entry(word).or_insert(0.0) += 1.0;
            }
        }
        let mut weighed = BTreeMap::new();
        for word in &asked {
            let having: f64 = having.get(word).copied().unwrap_or(0.0);
            let weight = (1.0 + (count - having + 0.5) / (having + 0.5)).ln();
            weighed.entry(word.clone()).or_insert((0.0, weight)).0 += 1.0;
        }
        let average_length = if total == 0.0 { 1.0 } else { total / count };
        Self { words: weighed, length: asked.len() as f64, average_length }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// From 0, no word in common, to 1, as good as the question's own text.
    pub(super) fn fits(&self, text: &str) -> f64 {
        if self.is_empty() {
            return 0.0;
        }
        let (mut counts, mut length) = (BTreeMap::new(), 0.0);
        for word in words(text) {
            length += 1.0;
            *counts.entry(word).or_insert(0.0) += 1.0;
        }
        let got = self.score(length, |word, _| counts.get(word).copied().unwrap_or(0.0));
        (got / self.score(self.length, |_, asked| asked)).clamp(0.0, 1.0)
    }

    fn score(&self, length: f64, count: impl Fn(&str, f64) -> f64) -> f64 {
        let damping = REPETITION * (1.0 - LENGTH + LENGTH * length / self.average_length);
        let weigh = |(word, (asked, weight)): (&String, &(f64, f64))| {
            let count = count(word, *asked);
            weight * count * (REPETITION + 1.0) / (count + damping)
        };
        self.words.iter().map(weigh).sum()
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}
