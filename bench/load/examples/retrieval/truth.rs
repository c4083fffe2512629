//! The nearest of all records to each question, by comparing with every one while they are made.

use crate::world::Record;

pub(crate) const NEAREST: usize = 10;

pub(crate) struct Truth {
    questions: Vec<Vec<f32>>,
    nearest: Vec<Vec<(f32, String)>>,
}

impl Truth {
    pub(crate) fn of(questions: &[Record]) -> Self {
        let questions: Vec<_> = questions.iter().map(|question| question.vector.clone()).collect();
        Self { nearest: vec![Vec::new(); questions.len()], questions }
    }

    /// Learns records, whose ids these are.
    pub(crate) fn learn(&mut self, ids: &[String], records: &[Record]) {
        for (question, nearest) in self.questions.iter().zip(&mut self.nearest) {
            let mut least = nearest.get(NEAREST - 1).map_or(f32::MIN, |(least, _)| *least);
            for (id, record) in ids.iter().zip(records) {
                let likeness = likeness(question, &record.vector);
                if likeness > least {
                    nearest.push((likeness, id.clone()));
                    nearest.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
                    nearest.truncate(NEAREST);
                    least = nearest.get(NEAREST - 1).map_or(f32::MIN, |(least, _)| *least);
                }
            }
        }
    }

    /// The ids of the nearest, for each question.
    pub(crate) fn ids(self) -> Vec<Vec<String>> {
        let ids = |nearest: Vec<(f32, String)>| nearest.into_iter().map(|(_, id)| id).collect();
        self.nearest.into_iter().map(ids).collect()
    }
}

fn likeness(one: &[f32], other: &[f32]) -> f32 {
    let mut lanes = [0.0; 16];
    for (one, other) in one.as_chunks::<16>().0.iter().zip(other.as_chunks::<16>().0) {
        for (lane, (one, other)) in lanes.iter_mut().zip(one.iter().zip(other)) {
            *lane += one * other;
        }
    }
    lanes.iter().sum()
}
