//! A full disk: a clear error, nothing half-written, and all is well once there is room.
//!
//! The test starts itself again in a mount namespace of its own, on a file system of 3 MB. Where the kernel does not
//! allow that, it says so, and `FREEHOLD_REQUIRE_MOUNTS=1` makes that a failure.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use stdx::{ByteStream, SystemClock, SystemRng};
use store::{Batch, Blobs, Expect, Key, KeyRange, Space, Store, StoreError};
use store_sqlite::{DirectoryBlobs, GRACE, SqliteStore};

const CHILD: &str = "FREEHOLD_FULL_TEST_DIRECTORY";
const SPACE: Space = Space::new("full");
const MOUNT: &str = "mount -t tmpfs -o size=3m none \"$0\" && exec \"$@\"";

/// `unshare` with what it takes to mount, if anything does here.
fn unshare() -> Option<Command> {
    [&["--mount"][..], &["--mount", "--map-root-user"]].into_iter().find_map(|arguments| {
        let probe =
            Command::new("unshare").args(arguments).args(["mount", "-t", "tmpfs", "none", "/mnt"]).output();
        probe.is_ok_and(|probe| probe.status.success()).then(|| {
            let mut command = Command::new("unshare");
            command.args(arguments);
            command
        })
    })
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_no_damage() {
    if let Some(data) = std::env::var_os(CHILD) {
        return fill(Path::new(&data)).await;
    }
    let Some(mut command) = unshare() else {
        assert!(std::env::var_os("FREEHOLD_REQUIRE_MOUNTS").is_none(), "no mount namespace can be made here");
        // Straight to the stream: the harness hides what a passing test prints.
        let told = "SKIPPED a_full_disk_is_an_error_and_no_damage: no mount namespace can be made here\n";
        return std::io::stderr().write_all(told.as_bytes()).unwrap();
    };
    let data = tempfile::tempdir().unwrap();
    let output = command
        .args(["sh", "-c", MOUNT])
        .arg(data.path())
        .arg(std::env::current_exe().unwrap())
        .args(["a_full_disk_is_an_error_and_no_damage", "--exact", "--nocapture"])
        .env(CHILD, data.path())
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
}

async fn fill(data: &Path) {
    let store = Arc::new(SqliteStore::open(data).unwrap());
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
    let blobs = DirectoryBlobs::open(data, store.clone(), clock, rng, GRACE).unwrap();
    let put = |number: usize, size: usize| {
        let batch =
            Batch::new().put(SPACE, Key::of([format!("{number:04}")]), vec![b'x'; size], Expect::Absent);
        store.commit(batch)
    };
    let room = data.join("room");
    std::fs::write(&room, vec![0; 256 << 10]).unwrap();
    put(0, 100).await.unwrap();

    let large = blobs.put(ByteStream::once(vec![b'x'; 4 << 20])).await.unwrap_err();
    assert!(matches!(large, StoreError::Full), "{large}");
    let left = std::fs::read_dir(data.join("blobs/incoming")).unwrap().count();
    assert_eq!(left, 0, "the half-written blob is gone");

    // A batch that does not fit fails alone: its neighbours in the same group are written.
    let (one, huge, other) = tokio::join!(put(1, 100), put(2, 4 << 20), put(3, 100));
    assert!(matches!(huge, Err(StoreError::Full)), "{huge:?}");
    one.unwrap();
    other.unwrap();

    let mut written = 4;
    let full = loop {
        match put(written, 10_000).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, StoreError::Full), "{full}");
    let rows = store.range(SPACE, &KeyRange::all(), usize::MAX).await.unwrap();
    assert_eq!(rows.len(), written - 1, "all that was acknowledged, and nothing else");

    std::fs::remove_file(room).unwrap();
    put(written, 10_000).await.unwrap();
}
