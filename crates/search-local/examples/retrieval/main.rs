//! Fills an index with made-up records, or asks one that was filled: how fast, how near to exact search, in how much
//! memory and disk. Prints what it measured as JSON.
//!
//!     retrieval fill DIRECTORY RECORDS NAMESPACES structured|unstructured
//!     retrieval ask DIRECTORY RECORDS NAMESPACES structured|unstructured

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]
#![expect(clippy::cast_possible_truncation, reason = "made-up numbers are small")]

mod world;

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use search::{Change, CollectionName, Query, Scope, SearchIndex as _};
use search_local::{LocalSearch, Options};
use serde_json::{Value, json};
use stdx::{Clock as _, SystemClock};
use world::{Record, World, id, place};

const DIMENSION: usize = 384;
const BATCH: usize = 5_000;
const QUESTIONS: usize = 200;
const NEAREST: usize = 10;
const WRITES: usize = 30;

/// The nearest of all records to each question, by comparing with every one while they are made.
struct Truth {
    questions: Vec<Record>,
    nearest: Vec<Vec<(f32, usize)>>,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, directory, records, namespaces, kind] = &arguments[..] else {
        panic!("usage: retrieval fill|ask DIRECTORY RECORDS NAMESPACES structured|unstructured");
    };
    let world = World::new(DIMENSION, namespaces.parse().unwrap(), kind == "unstructured");
    let bench = Bench { world, records: records.parse().unwrap(), directory: directory.into() };
    let measured = if what == "fill" { bench.fill().await } else { bench.ask().await };
    println!("{measured}");
}

struct Bench {
    world: World,
    records: usize,
    directory: PathBuf,
}

impl Bench {
    fn open(&self) -> LocalSearch {
        let options = Options::new(self.directory.join("index"));
        LocalSearch::open(Options { writer_memory: 64_000_000, ..options }).unwrap()
    }

    fn questions(&self) -> Vec<Record> {
        let about = |at: usize| (at * (self.records / QUESTIONS) + at) % self.records;
        (0..QUESTIONS).map(|at| self.world.question(at, about(at))).collect()
    }

    async fn fill(&self) -> Value {
        let (index, records) = (self.open(), self.records);
        let mut truth = Truth { questions: self.questions(), nearest: vec![Vec::new(); QUESTIONS] };
        let mut building = Duration::ZERO;
        for from in (0..records).step_by(BATCH) {
            let made: Vec<_> =
                (from..records.min(from + BATCH)).map(|at| (at, self.world.record(at))).collect();
            truth.learn(&made);
            let put = |(at, record): &(usize, Record)| Change::Put(self.world.document(*at, record));
            let changes = made.iter().map(put).collect();
            let begun = SystemClock.elapsed();
            index.write(&collection(), changes).await.unwrap();
            building += SystemClock.elapsed() - begun;
        }
        let begun = SystemClock.elapsed();
        index.close().await;
        building += SystemClock.elapsed() - begun;
        let ids = |nearest: &Vec<(f32, usize)>| nearest.iter().map(|(_, at)| id(*at)).collect::<Vec<_>>();
        let nearest: Vec<_> = truth.nearest.iter().map(ids).collect();
        fs::write(self.directory.join("nearest.json"), json!(nearest).to_string()).unwrap();
        json!({ "build_seconds": building.as_secs_f64() })
    }

    async fn ask(&self) -> Value {
        let nearest = fs::read(self.directory.join("nearest.json")).unwrap();
        let nearest: Vec<HashSet<String>> = serde_json::from_slice(&nearest).unwrap();
        let questions = self.questions();
        let before = resident();
        let index = self.open();
        let begun = SystemClock.elapsed();
        let first = self.query(&questions[0], true, true, true);
        index.search(&collection(), first).await.unwrap();
        let mut measured = json!({ "first_search_seconds": (SystemClock.elapsed() - begun).as_secs_f64() });
        for (name, everywhere, words, meaning) in [
            ("namespace", false, true, true),
            ("all", true, true, true),
            ("all_by_words", true, true, false),
            ("all_by_meaning", true, false, true),
        ] {
            let ask = |question| self.query(question, everywhere, words, meaning);
            // The first round brings files into memory.
            let _ = timed(&index, questions.iter().map(ask)).await;
            let begun = processor();
            let (seconds, found) = timed(&index, questions.iter().map(ask)).await;
            let each = (processor() - begun) / questions.len() as f64;
            measured[name] = json!({ "seconds": seconds, "processor_seconds_each": each });
            if name == "all_by_meaning" {
                let right =
                    found.iter().zip(&nearest).map(|(found, nearest)| found.intersection(nearest).count());
                measured["recall_at_10"] =
                    json!(right.sum::<usize>() as f64 / (nearest.len() * NEAREST) as f64);
            }
        }
        measured["memory_bytes"] = json!(resident().saturating_sub(before));
        measured["bytes_on_disk"] = json!(index.describe(&collection()).await.unwrap().unwrap().bytes);
        let mut seconds = Vec::new();
        for at in self.records..self.records + WRITES {
            let change = Change::Put(self.world.document(at, &self.world.record(at)));
            let begun = SystemClock.elapsed();
            index.write(&collection(), vec![change]).await.unwrap();
            seconds.push((SystemClock.elapsed() - begun).as_secs_f64());
        }
        measured["write_one"] = json!(seconds);
        index.close().await;
        measured
    }

    fn query(&self, question: &Record, everywhere: bool, words: bool, meaning: bool) -> Query {
        Query {
            text: if words { question.text.clone() } else { String::new() },
            vector: meaning.then(|| self.world.embedding(&question.vector)),
            scope: if everywhere { Scope::All } else { Scope::At(place(question.namespace)) },
            filters: Vec::new(),
            limit: NEAREST,
        }
    }
}

/// How long each search took, and what it found.
async fn timed(
    index: &LocalSearch,
    queries: impl Iterator<Item = Query>,
) -> (Vec<f64>, Vec<HashSet<String>>) {
    let (mut seconds, mut all) = (Vec::new(), Vec::new());
    for query in queries {
        let begun = SystemClock.elapsed();
        let found = index.search(&collection(), query).await.unwrap();
        seconds.push((SystemClock.elapsed() - begun).as_secs_f64());
        all.push(found.hits.into_iter().map(|hit| hit.id).collect());
    }
    (seconds, all)
}

fn collection() -> CollectionName {
    CollectionName::parse("bench").unwrap()
}

impl Truth {
    fn learn(&mut self, records: &[(usize, Record)]) {
        for (question, nearest) in self.questions.iter().zip(&mut self.nearest) {
            for (at, record) in records {
                nearest.push((likeness(&question.vector, &record.vector), *at));
            }
            nearest.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
            nearest.truncate(NEAREST);
        }
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

/// Seconds of processor time that this process has used.
fn processor() -> f64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

/// Memory that is this process's own, by the kernel's account: what it has mapped of files is anybody's.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
