//! Fills a server's data directory with made-up records, or asks the search engine in one that was filled: how fast,
//! how near to exact search, in how much memory and disk. Prints what it measured as JSON.
//!
//!     retrieval fill DIRECTORY RECORDS NAMESPACES structured|unstructured
//!     retrieval ask DIRECTORY RECORDS NAMESPACES structured|unstructured

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::unwrap_used, reason = "a measurement that fails has no result")]
#![expect(clippy::cast_possible_truncation, reason = "made-up numbers are small")]

mod ask;
mod fill;
mod gathering;
mod made_up;
mod truth;
mod world;

use std::path::PathBuf;

use search_local::{LocalSearch, Options};
use world::{Record, World};

const DIMENSION: usize = 384;
const QUESTIONS: usize = 200;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, directory, records, namespaces, kind] = &arguments[..] else {
        panic!("usage: retrieval fill|ask DIRECTORY RECORDS NAMESPACES structured|unstructured");
    };
    let world = World::new(DIMENSION, namespaces.parse().unwrap(), kind == "unstructured");
    let bench = Bench { world, records: records.parse().unwrap(), directory: directory.into() };
    let measured = if what == "fill" { fill::fill(bench).await } else { ask::ask(&bench).await };
    println!("{measured}");
}

struct Bench {
    world: World,
    records: usize,
    /// The server's data, and what this program tells itself, below it.
    directory: PathBuf,
}

impl Bench {
    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn index(&self) -> LocalSearch {
        LocalSearch::open(Options::new(self.data().join("search"))).unwrap()
    }

    fn questions(&self) -> Vec<Record> {
        let about = |at: usize| (at * (self.records / QUESTIONS) + at) % self.records;
        (0..QUESTIONS).map(|at| self.world.question(at, about(at))).collect()
    }
}
