//! Fills an index with made-up records and asks it: how fast, how near to exact search, in how much memory and disk.
//! Prints what it measured as JSON.
//!
//!     retrieval DIRECTORY [RECORDS [NAMESPACES [structured|unstructured]]]

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]
#![expect(clippy::cast_possible_truncation, reason = "made-up numbers are small")]

mod world;

use std::collections::HashSet;
use std::fs;
use std::time::Duration;

use search::{Change, CollectionName, Query, Scope, SearchIndex as _};
use search_local::{LocalSearch, Options};
use serde_json::json;
use stdx::{Clock as _, SystemClock};
use world::{Record, World, place};

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
    let number = |at: usize, default| arguments.get(at).map_or(default, |text| text.parse().unwrap());
    let (records, namespaces) = (number(1, 1_000_000), number(2, 1_000));
    let unstructured = arguments.get(3).is_some_and(|kind| kind == "unstructured");
    let world = World::new(DIMENSION, namespaces, unstructured);
    let collection = CollectionName::parse("bench").unwrap();
    let options = || Options { writer_memory: 64_000_000, ..Options::new(&arguments[0]) };

    let index = LocalSearch::open(options()).unwrap();
    let about = |at: usize| at * (records / QUESTIONS) + at % namespaces;
    let questions = (0..QUESTIONS).map(|at| world.question(at, about(at) % records)).collect();
    let mut truth = Truth { questions, nearest: vec![Vec::new(); QUESTIONS] };
    let mut building = Duration::ZERO;
    for from in (0..records).step_by(BATCH) {
        let made: Vec<_> = (from..records.min(from + BATCH)).map(|at| (at, world.record(at))).collect();
        truth.learn(&made);
        let changes = made.iter().map(|(at, record)| Change::Put(world.document(*at, record))).collect();
        let begun = SystemClock.elapsed();
        index.write(&collection, changes).await.unwrap();
        building += SystemClock.elapsed() - begun;
    }
    let begun = SystemClock.elapsed();
    index.close().await;
    building += SystemClock.elapsed() - begun;
    drop(index);

    let before = resident();
    let index = LocalSearch::open(options()).unwrap();
    let begun = SystemClock.elapsed();
    index.search(&collection, ask(&world, &truth.questions[0], Scope::All, true, true)).await.unwrap();
    let opening = SystemClock.elapsed() - begun;
    let mut measured = json!({
        "records": records,
        "namespaces": namespaces,
        "build_seconds": building.as_secs_f64(),
        "first_search_seconds": opening.as_secs_f64(),
        "bytes_on_disk": index.describe(&collection).await.unwrap().unwrap().bytes,
    });
    for (name, everywhere, words, meaning) in [
        ("namespace", false, true, true),
        ("all", true, true, true),
        ("all_by_words", true, true, false),
        ("all_by_meaning", true, false, true),
    ] {
        let mut seconds = Vec::new();
        for round in 0..2 {
            for question in &truth.questions {
                let scope = if everywhere { Scope::All } else { Scope::At(place(question.namespace)) };
                let query = ask(&world, question, scope, words, meaning);
                let begun = SystemClock.elapsed();
                let found = index.search(&collection, query).await.unwrap();
                let taken = (SystemClock.elapsed() - begun).as_secs_f64();
                assert!(found.hits.len() == NEAREST || !meaning);
                // The first round brings files into memory.
                seconds.extend((round > 0).then_some(taken));
            }
        }
        measured[name] = json!(seconds);
    }
    measured["recall_at_10"] = json!(recall(&world, &index, &collection, &truth).await);
    let mut seconds = Vec::new();
    for at in records..records + WRITES {
        let change = Change::Put(world.document(at, &world.record(at)));
        let begun = SystemClock.elapsed();
        index.write(&collection, vec![change]).await.unwrap();
        seconds.push((SystemClock.elapsed() - begun).as_secs_f64());
    }
    measured["write_one"] = json!(seconds);
    measured["memory_bytes"] = json!(resident().saturating_sub(before));
    index.close().await;
    println!("{measured}");
}

fn ask(world: &World, question: &Record, scope: Scope, words: bool, meaning: bool) -> Query {
    Query {
        text: if words { question.text.clone() } else { String::new() },
        vector: meaning.then(|| world.embedding(&question.vector)),
        scope,
        filters: Vec::new(),
        limit: NEAREST,
    }
}

/// The share of the truly nearest that is found by meaning in all of the collection.
async fn recall(world: &World, index: &LocalSearch, collection: &CollectionName, truth: &Truth) -> f64 {
    let mut found = 0;
    for (question, nearest) in truth.questions.iter().zip(&truth.nearest) {
        let query = ask(world, question, Scope::All, false, true);
        let hits = index.search(collection, query).await.unwrap().hits;
        let ids: HashSet<_> = hits.into_iter().map(|hit| hit.id).collect();
        found += nearest.iter().filter(|(_, at)| ids.contains(&format!("mem-{at:032x}"))).count();
    }
    found as f64 / (truth.nearest.len() * NEAREST) as f64
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

/// Memory that is this process's own, by the kernel's account: what it has mapped of files is anybody's.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
