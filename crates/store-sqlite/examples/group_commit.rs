//! Durable commits a second: one writer alone, and 64 at once. Prints a table; give it a directory on the disk to
//! measure, else it uses the system's directory for temporary files.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{Batch, Expect, Key, Space, Store};
use store_sqlite::SqliteStore;

const SPACE: Space = Space::new("bench");
const LASTS: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let parent = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = parent.join(format!("freehold-group-commit-{}", std::process::id()));
    let result = compare(&directory).await;
    std::fs::remove_dir_all(&directory)?;
    result
}

async fn compare(directory: &Path) -> anyhow::Result<()> {
    let store = Arc::new(SqliteStore::open(directory)?);
    let alone = commits_a_second(&store, 1).await?;
    let together = commits_a_second(&store, 64).await?;
    store.close().await;
    println!("| writers | durable commits/s | mean wait |");
    println!("| ---: | ---: | ---: |");
    println!("| 1 | {alone:.0} | {:.2} ms |", 1_000.0 / alone);
    println!("| 64 | {together:.0} | {:.2} ms |", 64_000.0 / together);
    println!("ratio {:.1}", together / alone);
    Ok(())
}

async fn commits_a_second(store: &Arc<SqliteStore>, writers: usize) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let store = store.clone();
        tasks.spawn(async move {
            let mut committed = 0_u32;
            while begun.elapsed() < LASTS {
                let key = Key::of([writers.to_string(), writer.to_string(), committed.to_string()]);
                store.commit(Batch::new().put(SPACE, key, vec![b'x'; 400], Expect::Absent)).await?;
                committed += 1;
            }
            anyhow::Ok(committed)
        });
    }
    let mut total = 0.0;
    while let Some(committed) = tasks.join_next().await {
        total += f64::from(committed??);
    }
    Ok(total / begun.elapsed().as_secs_f64())
}
