//! The engine alone, asked directly.

use std::collections::HashSet;
use std::fs;
use std::sync::Arc;

use inference::{EmbedderId, Embedding};
use search::{CollectionName, Query, Scope, SearchIndex as _};
use search_local::LocalSearch;
use serde_json::{Value, json};
use stdx::{Clock as _, SystemClock};

use crate::Bench;
use crate::truth::NEAREST;
use crate::world::{MODEL, Record, place};

pub(crate) async fn ask(bench: &Bench) -> Value {
    let told: Value =
        serde_json::from_slice(&fs::read(bench.directory.join("questions.json")).unwrap()).unwrap();
    let nearest: Vec<HashSet<String>> = serde_json::from_value(told["nearest"].clone()).unwrap();
    let questions = bench.questions();
    let before = resident();
    let index = bench.index();
    let names = index.collections().await.unwrap();
    let [collection] = names.as_slice() else { panic!("{} collections", names.len()) };
    let begun = SystemClock.elapsed();
    index.search(collection, query(&questions[0], true, true, true)).await.unwrap();
    let mut measured = json!({ "first_search_seconds": (SystemClock.elapsed() - begun).as_secs_f64() });
    for (name, everywhere, words, meaning) in [
        ("namespace", false, true, true),
        ("all", true, true, true),
        ("all_by_words", true, true, false),
        ("all_by_meaning", true, false, true),
    ] {
        let ask = |question| query(question, everywhere, words, meaning);
        // The first round brings files into memory.
        let _ = timed(&index, collection, questions.iter().map(ask)).await;
        let begun = processor();
        let (seconds, found) = timed(&index, collection, questions.iter().map(ask)).await;
        let each = (processor() - begun) / questions.len() as f64;
        measured[name] = json!({ "seconds": seconds, "processor_seconds_each": each });
        if name == "all_by_meaning" {
            let right =
                found.iter().zip(&nearest).map(|(found, nearest)| found.intersection(nearest).count());
            measured["recall_at_10"] = json!(right.sum::<usize>() as f64 / (nearest.len() * NEAREST) as f64);
        }
    }
    measured["memory_bytes"] = json!(resident().saturating_sub(before));
    measured["bytes_on_disk"] = json!(index.describe(collection).await.unwrap().unwrap().bytes);
    index.close().await;
    measured
}

fn query(question: &Record, everywhere: bool, words: bool, meaning: bool) -> Query {
    let embedding = || Embedding {
        embedder: Arc::new(EmbedderId { model: MODEL.to_owned(), dimension: question.vector.len() }),
        vector: question.vector.clone(),
    };
    Query {
        text: if words { question.text.clone() } else { String::new() },
        vector: meaning.then(embedding),
        scope: if everywhere { Scope::All } else { Scope::At(place(question.namespace)) },
        filters: Vec::new(),
        limit: NEAREST,
    }
}

/// How long each search took, and what it found.
async fn timed(
    index: &LocalSearch,
    collection: &CollectionName,
    queries: impl Iterator<Item = Query>,
) -> (Vec<f64>, Vec<HashSet<String>>) {
    let (mut seconds, mut all) = (Vec::new(), Vec::new());
    for query in queries {
        let begun = SystemClock.elapsed();
        let found = index.search(collection, query).await.unwrap();
        seconds.push((SystemClock.elapsed() - begun).as_secs_f64());
        all.push(found.hits.into_iter().map(|hit| hit.id).collect());
    }
    (seconds, all)
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
