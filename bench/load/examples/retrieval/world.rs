//! Records that are made up but not without structure. A vector is a mixture of what all texts have in common, a
//! topic, its namespace and something of its own, so that two of a topic are about 0.6 alike, two of a namespace 0.2,
//! and any two others 0.1, which is what all-MiniLM-L6-v2 says of people's conversations. A text is some twenty words
//! out of 50,000, the rank of a word deciding how common it is, with some of them from its topic.

/// What the embedder is called that such vectors are of.
pub(crate) const MODEL: &str = "made-up";

const TOPICS: usize = 5_000;
const TOPICS_OF_A_NAMESPACE: usize = 25;
const WORDS: f64 = 50_000.0;

pub(crate) struct World {
    pub(crate) dimension: usize,
    pub(crate) namespaces: usize,
    /// Vectors are nothing but noise.
    unstructured: bool,
    common: Vec<f32>,
    topics: Vec<Vec<f32>>,
    places: Vec<Vec<f32>>,
}

/// A record, as far as chance has to say.
pub(crate) struct Record {
    pub(crate) namespace: usize,
    pub(crate) text: String,
    pub(crate) vector: Vec<f32>,
}

impl World {
    pub(crate) fn new(dimension: usize, namespaces: usize, unstructured: bool) -> Self {
        let mut chance = Chance(7);
        let mut some = |count| (0..count).map(|_| chance.direction(dimension)).collect::<Vec<_>>();
        let (topics, places) = (some(TOPICS), some(namespaces));
        Self { dimension, namespaces, unstructured, common: chance.direction(dimension), topics, places }
    }

    /// The record of this number, always the same.
    pub(crate) fn record(&self, number: usize) -> Record {
        let mut chance = Chance(number as u64 + 1_000);
        let namespace = number % self.namespaces;
        let topic = Chance((namespace * TOPICS_OF_A_NAMESPACE + chance.below(TOPICS_OF_A_NAMESPACE)) as u64);
        let topic = { topic }.below(TOPICS);
        let own = chance.direction(self.dimension);
        let vector = if self.unstructured {
            own
        } else {
            let parts = [
                (0.32, &self.common),
                (0.63, &self.topics[topic]),
                (0.32, &self.places[namespace]),
                (0.63, &own),
            ];
            mixture(self.dimension, &parts)
        };
        let length = 12 + chance.below(16);
        let words: Vec<_> = (0..length).map(|_| chance.word(topic)).collect();
        Record { namespace, text: words.join(" "), vector }
    }

    /// A question about a record: half of its words, some others, and a vector that is 0.75 like its own.
    pub(crate) fn question(&self, number: usize, about: usize) -> Record {
        let mut chance = Chance(number as u64 + 0xffff_0000);
        let record = self.record(about);
        let words: Vec<_> = record.text.split(' ').step_by(4).map(str::to_owned).collect();
        let others: Vec<_> = (0..3).map(|_| chance.word(0)).collect();
        let noise = chance.direction(self.dimension);
        let vector = mixture(self.dimension, &[(0.75, &record.vector), (0.66, &noise)]);
        let text = [words, others].concat().join(" ");
        Record { namespace: record.namespace, text, vector }
    }
}

pub(crate) fn place(namespace: usize) -> String {
    format!("/users/{namespace}/facts")
}

fn mixture(dimension: usize, parts: &[(f32, &Vec<f32>)]) -> Vec<f32> {
    let mut mixed = vec![0.0; dimension];
    for (share, part) in parts {
        mixed.iter_mut().zip(*part).for_each(|(sum, number)| *sum += share * number);
    }
    normalised(mixed)
}

fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|number| *number /= length);
    vector
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Any direction is as likely as any other, nearly: eight random bytes summed up are as good as Gaussian.
    fn direction(&mut self, dimension: usize) -> Vec<f32> {
        let number = |_| {
            let bytes = self.next().to_le_bytes();
            bytes.iter().map(|byte| f32::from(*byte)).sum::<f32>() - 1020.0
        };
        normalised((0..dimension).map(number).collect())
    }

    /// A common word, or one of a topic's.
    fn word(&mut self, topic: usize) -> String {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        if share < 0.2 {
            return format!("t{topic}x{}", self.below(30));
        }
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        format!("w{}", WORDS.powf(share) as u64)
    }
}
