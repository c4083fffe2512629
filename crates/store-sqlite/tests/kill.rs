//! An acknowledged write is there after `kill -9`.
//!
//! The test starts itself as a child process that writes and prints each acknowledgement, kills it at some point,
//! and looks. Round after round on the same directory, so that each also starts from what a kill left.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use stdx::{ByteStream, Rng, SeededRng, SystemClock, SystemRng};
use store::{Batch, Blobs, Digest, Expect, Key, KeyRange, Space, Store, claims};
use store_sqlite::{DirectoryBlobs, GRACE, SqliteStore};

const CHILD: &str = "FREEHOLD_KILL_TEST_DIRECTORY";
const SPACE: Space = Space::new("kill");
const TWIN: Space = Space::new("kill-twin");
const ROUNDS: usize = 8;
const WRITERS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_kill() {
    if let Some(data) = std::env::var_os(CHILD) {
        return write_until_killed(Path::new(&data)).await;
    }
    let data = tempfile::tempdir().unwrap();
    let rng = SeededRng::new(7);
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let mut random = [0];
        rng.fill(&mut random);
        let after = 20 + usize::from(random[0]);
        let lines = run_and_kill(data.path(), after);
        assert!(lines.len() >= after, "round {round}: only {} acknowledgements", lines.len());
        acknowledged.extend(lines);
        check(data.path(), &acknowledged).await;
    }
}

/// Lets a child write until it has acknowledged so many, kills it, and returns all that it acknowledged.
fn run_and_kill(data: &Path, after: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["acknowledged_writes_survive_kill", "--exact", "--nocapture"])
        .env(CHILD, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).split(b'\n') {
        // The last line may be cut off: it only counts with its end mark.
        let line = String::from_utf8(line.unwrap()).unwrap();
        if let Some(key) = line.strip_prefix("ack ").and_then(|line| line.strip_suffix(';')) {
            acknowledged.push(key.to_owned());
        }
        if acknowledged.len() == after {
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success());
    acknowledged
}

async fn check(data: &Path, acknowledged: &[String]) {
    let store = Arc::new(SqliteStore::open(data).unwrap());
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
    let blobs = DirectoryBlobs::open(data, store.clone(), clock, rng, GRACE).unwrap();
    for key in acknowledged {
        let row = store.get(SPACE, &Key::of([key])).await.unwrap();
        let row = row.unwrap_or_else(|| panic!("{key} was acknowledged and is lost"));
        let Some(digest) = str::from_utf8(&row.value).ok().and_then(Digest::parse) else { continue };
        let content = blobs.read(&digest, 0, None).await.unwrap().collect(99).await.unwrap();
        assert_eq!(content, *key);
    }
    let keys = async |space| {
        let rows = store.range(space, &KeyRange::all(), usize::MAX).await.unwrap();
        rows.into_iter().map(|row| row.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(SPACE).await, keys(TWIN).await, "a batch is there as a whole or not at all");
    store.close().await;
}

async fn write_until_killed(data: &Path) {
    let store = Arc::new(SqliteStore::open(data).unwrap());
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
    let blobs = DirectoryBlobs::open(data, store.clone(), clock, rng, GRACE).unwrap();
    let (store, blobs, process) = (store, Arc::new(blobs), std::process::id());
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (store, blobs) = (store.clone(), blobs.clone());
        writers.spawn(async move {
            for number in 0_u64.. {
                let key = format!("{process}-{writer}-{number}");
                let mut batch = Batch::new();
                let mut value = "{}".to_owned();
                if writer == 0 {
                    let info = blobs.put(ByteStream::once(key.clone())).await.unwrap();
                    batch = batch.and(claims::claim(&info.digest, &[key.as_str()]));
                    value = info.digest.to_string();
                }
                let batch = batch.put(SPACE, Key::of([&key]), value, Expect::Absent).put(
                    TWIN,
                    Key::of([&key]),
                    "{}",
                    Expect::Absent,
                );
                store.commit(batch).await.unwrap();
                let mut out = std::io::stdout().lock();
                out.write_all(format!("ack {key};\n").as_bytes()).unwrap();
                out.flush().unwrap();
            }
        });
    }
    while writers.join_next().await.is_some() {}
}
