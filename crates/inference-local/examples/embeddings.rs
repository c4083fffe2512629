//! Embeds the sentences of a JSON file with the model of a directory: how fast, in how much memory. Writes the
//! vectors as little-endian numbers, one behind the other, and prints what it measured as JSON.
//!
//!     embeddings MODEL SENTENCES.json VECTORS [ROUNDS]

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]

use std::fs;
use std::path::Path;

use inference::{Embedder as _, Purpose};
use inference_local::LocalEmbedder;
use serde_json::json;
use stdx::{Clock as _, SystemClock};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, sentences, vectors, rounds @ ..] = &arguments[..] else {
        panic!("usage: embeddings MODEL SENTENCES.json VECTORS [ROUNDS]");
    };
    let rounds: usize = rounds.first().map_or(3, |rounds| rounds.parse().unwrap());
    let sentences: Vec<String> = serde_json::from_slice(&fs::read(sentences).unwrap()).unwrap();

    let begun = SystemClock.elapsed();
    let embedder = LocalEmbedder::load(Path::new(model)).unwrap();
    let load = SystemClock.elapsed() - begun;

    embedder.embed(&sentences[..sentences.len().min(64)], Purpose::Document).await.unwrap();
    let (mut seconds, mut embeddings) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = SystemClock.elapsed();
        embeddings = embedder.embed(&sentences, Purpose::Document).await.unwrap();
        seconds.push((SystemClock.elapsed() - begun).as_secs_f64());
    }

    let numbers = embeddings.iter().flat_map(|embedding| &embedding.vector);
    fs::write(vectors, numbers.flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
    let measured = json!({
        "seconds": seconds,
        "load_seconds": load.as_secs_f64(),
        "peak_resident_bytes": resident(),
        "embedder": *embeddings[0].embedder,
    });
    println!("{measured}");
}

/// The most memory that this process ever had, by the kernel's account.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
